import {
  FilterTooLargeError,
  ItemNotFoundError,
  normaliseWeights,
  type DualEmbedding,
  type EmbeddingSpace,
  type FusionWeights,
  type ImageDecoder,
  type Logger,
  type MetadataFilter,
  type TextTower,
  type VectorStore,
} from '@fashionmatch/domain';

import type { PipelineDependencies, SourceFactory } from '../dependencies.js';
import { copyThresholds } from '../duplicates/copy-thresholds.js';
import type { HybridScorer } from '../hybrid-scorer.js';
import { NO_JOURNAL } from '../no-journal.js';
import { distinctHits } from './distinct-hits.js';
import type { FilterHint } from './filter-hint.js';
import { filterHints } from './filter-hints.js';
import { isEmptyStore } from './is-empty-store.js';
import { KeptColumns } from './kept-columns.js';
import { nearestByIndex, nearestByScan, type Found, type SearchResult } from './nearest-items.js';
import { nearestToText } from './nearest-to-text.js';
import { combined, cut, type QueryPart } from './query-parts.js';

const DEFAULT_TOP_K = 10;

export interface SearchOptions {
  /** 10 when not given. */
  readonly topK?: number | undefined;
  /** The configuration's when not given. */
  readonly weights?: FusionWeights | undefined;
  readonly filter?: MetadataFilter | undefined;
  /** Hits below this fused score are left out. */
  readonly minScore?: number | undefined;
  /** Looks at every stored item instead of asking the store's index, which is approximate in large stores. */
  readonly exact?: boolean | undefined;
  /** Hits with the same picture, or copies of one, are one hit: the best of them, with the others' ids in `copies`. */
  readonly distinct?: boolean | undefined;
}

export type TextSearchOptions = Omit<SearchOptions, 'weights'>;

/** Finds the items that look most like an image, or like what a text says. */
export class SimilaritySearch {
  readonly #store: VectorStore;
  readonly #decoder: ImageDecoder;
  readonly #scorer: HybridScorer;
  readonly #sources: Pick<SourceFactory, 'readImage'>;
  readonly #textTower: () => Promise<TextTower>;
  readonly #logger: Logger;
  readonly #columns: KeptColumns;

  #hadItems: boolean;

  constructor(
    dependencies: Pick<PipelineDependencies, 'vectorStore' | 'decoder' | 'scorer' | 'logger'> & {
      readonly sources: Pick<SourceFactory, 'readImage'>;
      /** Called when a text is searched for: the text tower of the model in the CLIP place. */
      readonly textTower: () => Promise<TextTower>;
      /** What is kept of the store's items; its own, read from the store alone, unless given. */
      readonly columns?: KeptColumns | undefined;
      /** That something is stored is known already. */
      readonly hasItems?: boolean | undefined;
    },
  ) {
    this.#hadItems = dependencies.hasItems ?? false;
    this.#logger = dependencies.logger;
    this.#textTower = dependencies.textTower;
    this.#sources = dependencies.sources;
    this.#store = dependencies.vectorStore;
    this.#columns = dependencies.columns ?? new KeptColumns(this.#store, NO_JOURNAL);
    this.#decoder = dependencies.decoder;
    this.#scorer = dependencies.scorer;
  }

  /** Whether nothing is stored: then no model has to be loaded. Of a store that had something once, it is not asked again. */
  async isEmpty(): Promise<boolean> {
    if (this.#hadItems) return false;
    this.#hadItems = !(await isEmptyStore(this.#store));
    return !this.#hadItems;
  }

  /** @throws ItemError when the file cannot be read, or is no image. */
  async byFile(path: string, options: SearchOptions = {}): Promise<SearchResult[]> {
    return this.byImage(await this.#sources.readImage(path), options);
  }

  /** @throws ItemError when the bytes are no readable image. */
  async byImage(bytes: Uint8Array, options: SearchOptions = {}): Promise<SearchResult[]> {
    const image = await this.#decoder.decode(bytes);
    if (await this.isEmpty()) return [];
    const [query] = await this.#scorer.encodeDual([image]);
    return query ? this.byEmbedding(query, options) : [];
  }

  /** The look-alikes of a stored item, without the item itself. @throws ItemNotFoundError */
  async byId(itemId: string, options: SearchOptions = {}): Promise<SearchResult[]> {
    const [stored] = await this.#store.getByIds([itemId]);
    if (!stored) throw new ItemNotFoundError([itemId]);
    const topK = options.topK ?? DEFAULT_TOP_K;
    return this.#folded(options, topK, async (topK) => {
      const results = await this.byEmbedding(stored.embeddings, { ...options, distinct: false, topK: topK + 1 });
      return results.filter((result) => result.itemId !== itemId).slice(0, topK);
    });
  }

  /**
   * The items whose CLIP vectors are nearest to a text's, best first. There is no DINOv2 vector of a text: the
   * score is the CLIP score, and `dinoScore` is null.
   *
   * @throws FashionMatchError `MODEL_MISSING` when the model in the CLIP place reads no texts, `USAGE_INVALID` when
   *   the text is blank or too long.
   */
  async byText(text: string, options: TextSearchOptions = {}): Promise<SearchResult[]> {
    if (await this.isEmpty()) return [];
    const tower = await this.#textTower();
    const [vector] = await tower.encode([text]);
    return vector === undefined ? [] : this.#byClipVector(vector, options);
  }

  #byClipVector(vector: Float32Array, options: TextSearchOptions): Promise<SearchResult[]> {
    const { topK = DEFAULT_TOP_K, filter, minScore = -1, exact = false } = options;
    return this.#folded(options, topK, async (topK) => {
      const results = await this.#find(exact, (exact) =>
        nearestToText(this.#store, { vector, topK, filter, exact }, this.#columns),
      );
      return results.filter(({ similarityScore }) => similarityScore >= minScore);
    });
  }

  /**
   * The items nearest to several images and texts together, each as much as it weighs. With a text among them, as
   * {@link byText}: what a text asks for is known to the CLIP space alone.
   *
   * @throws ItemError when an image cannot be read; FashionMatchError `USAGE_INVALID` when the parts cancel each other
   *   out, else as {@link byText}.
   */
  async byParts(parts: readonly QueryPart[], options: SearchOptions = {}): Promise<SearchResult[]> {
    const pictures = parts.flatMap((part) => ('text' in part ? [] : [part]));
    const texts = parts.flatMap((part) => ('text' in part ? [part] : []));
    const images = await Promise.all(
      pictures.map(async (part) => {
        const bytes = 'bytes' in part ? part.bytes : await this.#sources.readImage(part.path);
        return cut(await this.#decoder.decode(bytes), part.region);
      }),
    );
    if (parts.length === 0 || (await this.isEmpty())) return [];
    const encoded = images.length > 0 ? await this.#scorer.encodeDual(images) : [];
    const weighted = (space: EmbeddingSpace) =>
      encoded.map((embedding, i) => ({ vector: embedding[space], weight: pictures[i]?.weight ?? 1 }));
    if (texts.length === 0) {
      return this.byEmbedding({ clip: combined(weighted('clip')), dino: combined(weighted('dino')) }, options);
    }
    const vectors = await (await this.#textTower()).encode(texts.map(({ text }) => text));
    const ofTexts = vectors.map((vector, i) => ({ vector, weight: texts[i]?.weight ?? 1 }));
    return this.#byClipVector(combined([...weighted('clip'), ...ofTexts]), options);
  }

  /** Best first. Both scores of every hit are its true cosine similarities. */
  async byEmbedding(embedding: DualEmbedding, options: SearchOptions = {}): Promise<SearchResult[]> {
    const { topK = DEFAULT_TOP_K, filter, minScore = -1, exact = false } = options;
    const weights = options.weights ? normaliseWeights(options.weights) : this.#scorer.weights;
    return this.#folded(options, topK, async (topK) => {
      const results = await this.#find(exact, (exact) =>
        (exact ? nearestByScan : nearestByIndex)(this.#store, { embedding, weights, topK, filter }, this.#columns),
      );
      return results.filter(({ similarityScore }) => similarityScore >= minScore);
    });
  }

  /** What of a filter no stored item meets, and what was perhaps meant: for a search that found nothing. */
  hints(filter: MetadataFilter): Promise<FilterHint[]> {
    return filterHints(this.#store, this.#columns, filter);
  }

  /** @param find fewer than `topK` when there are no others. */
  #folded(
    { distinct = false }: Pick<SearchOptions, 'distinct'>,
    topK: number,
    find: (topK: number) => Promise<SearchResult[]>,
  ): Promise<SearchResult[]> {
    return distinct ? distinctHits(this.#store, copyThresholds(this.#scorer.handles), topK, find) : find(topK);
  }

  /** By the index, unless it is to be exact, or the store cannot test the filter: then every item is looked at. */
  async #find(exact: boolean, find: (exact: boolean) => Promise<Found>): Promise<SearchResult[]> {
    try {
      const { results, isLimited } = await find(exact);
      if (isLimited) this.#warnOfLimit();
      return results;
    } catch (thrown) {
      if (!(thrown instanceof FilterTooLargeError)) throw thrown;
      this.#logger.warn(`${thrown.message}; every item is looked at instead`);
      return (await find(true)).results;
    }
  }

  #warnOfLimit(): void {
    const limit = String(this.#store.maxCandidates);
    this.#logger.warn(
      `The store names ${limit} neighbours at most: better items, or others, may be missing, unless all are looked at`,
    );
  }
}
