import {
  normaliseWeights,
  type FusionWeights,
  type PerSpace,
  type ScoreSample,
  type VectorStore,
} from '@fashionmatch/domain';

import { ItemBrowser } from '../browsing/item-browser.js';
import type { AppConfig } from '../config/app-config.js';
import type { OpenOptions } from '../container/open-options.js';
import { copyThresholds } from '../duplicates/copy-thresholds.js';
import type { HybridScorer } from '../hybrid-scorer.js';
import { journaled } from '../journaled-vector-store.js';
import { NO_JOURNAL } from '../no-journal.js';
import { drawScores } from '../search/drawn-scores.js';
import { judgedHits } from '../search/judged-hits.js';
import { KeptColumns } from '../search/kept-columns.js';
import type { SearchResult } from '../search/nearest-items.js';
import { SimilaritySearch } from '../search/similarity-search.js';
import type { Thumbnails } from '../search/thumbnails.js';
import { keptScores } from './notes/kept-scores.js';

export interface OpenedSimilaritySearch extends AsyncDisposable {
  readonly search: Pick<
    SimilaritySearch,
    'byEmbedding' | 'byFile' | 'byId' | 'byImage' | 'byParts' | 'byText' | 'hints' | 'isEmpty'
  >;
  /** That of the generation which is searched. */
  readonly config: AppConfig;
  /** What is searched. */
  readonly store: Pick<VectorStore, 'count' | 'getAllIds' | 'getByIds' | 'getItemsByIds'>;
  /**
   * Another one after each change that one of these programs made to what is stored; undefined where that cannot be told.
   * Unlike a store's own revision it is the same when the store is opened again.
   */
  contents(): Promise<string | undefined>;
  /** The same, to be looked through without an image. */
  readonly items: Pick<ItemBrowser, 'item' | 'page' | 'values'>;
  /** The cosines from which on two pictures are taken for copies of one. */
  readonly copyThresholds: PerSpace<number>;
  readonly scorer: Pick<HybridScorer, 'describe' | 'weights'>;
  readonly thumbnails: Pick<Thumbnails, 'ofFile' | 'ofItem'>;
  /**
   * Says of hits what their scores are worth, by what unrelated items of the store score: where the last embedding run
   * found that out, or `draw` says to find out now. Other hits are as they were.
   *
   * @param how.weights that the hits were found by; the configuration's when not given.
   */
  judge(
    hits: readonly SearchResult[],
    how?: { readonly weights?: FusionWeights | undefined; readonly draw?: boolean | undefined },
  ): Promise<SearchResult[]>;
}

/**
 * The bytes of the image behind an address that the user named, which need not be one of the public internet where the
 * configuration says so. Nothing is kept.
 *
 * @throws ItemError `IMAGE_MISSING`, saying why.
 */
export async function downloadQueryImage(config: AppConfig, address: string): Promise<Uint8Array> {
  const { downloadedImage } = await import('../container/source-factory.js');
  return downloadedImage(config, address);
}

/** Whether somebody waits for the store of a search that is open and has nothing to do: let it go then. */
export async function isStoreWaitedFor(config: AppConfig): Promise<boolean> {
  const { isWaitedFor } = await import('../container/store-engine.js');
  return isWaitedFor(config);
}

/**
 * A search over the store that the configuration names. Joins a server that an embedding run keeps
 * open, and creates nothing.
 *
 * @throws FashionMatchError when the configuration, a model or the store is not usable.
 */
export async function openSimilaritySearch(options: OpenOptions = {}): Promise<OpenedSimilaritySearch> {
  const { openDependencies } = await import('../container/open-dependencies.js');
  const { dependencies, textTower, thumbnails, hasItems, close } = await openDependencies({
    access: 'read',
    ...options,
  });
  const { vectorStore, journal, scorer } = dependencies;
  const store = journaled(vectorStore, journal, scorer.handles);
  const columns = new KeptColumns(store, journal);
  const least = copyThresholds(scorer.handles);
  let kept: ScoreSample | undefined;
  return {
    config: dependencies.config,
    search: new SimilaritySearch({ ...dependencies, vectorStore: store, textTower, columns, hasItems }),
    store,
    contents: async () => {
      if (journal === NO_JOURNAL) return undefined;
      const [revision, items] = await Promise.all([journal.revision(), store.count()]);
      // To clear a store leaves the journal as it is.
      return `${revision} ${String(items)}`;
    },
    items: new ItemBrowser(store, columns),
    copyThresholds: least,
    scorer,
    thumbnails,
    judge: async (hits, { weights, draw = false } = {}) => {
      if (hits.length === 0) return [];
      if (options.customise === undefined) kept ??= await keptScores(dependencies.config, scorer);
      const sample = kept ?? (draw ? await drawScores(store, least) : undefined);
      return judgedHits(hits, sample, weights ? normaliseWeights(weights) : scorer.weights, least);
    },
    [Symbol.asyncDispose]: close,
  };
}
