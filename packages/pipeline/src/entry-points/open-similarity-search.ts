import type { VectorStore } from '@fashionmatch/domain';

import type { OpenOptions } from '../container/open-options.js';
import type { HybridScorer } from '../hybrid-scorer.js';
import { journaled } from '../journaled-vector-store.js';
import { SimilaritySearch } from '../search/similarity-search.js';
import type { Thumbnails } from '../search/thumbnails.js';

export interface OpenedSimilaritySearch extends AsyncDisposable {
  readonly search: Pick<SimilaritySearch, 'byEmbedding' | 'byFile' | 'byId' | 'byImage' | 'byText' | 'hints'>;
  /** What is searched. */
  readonly store: Pick<VectorStore, 'count' | 'getByIds' | 'listItems'>;
  readonly scorer: Pick<HybridScorer, 'describe' | 'weights'>;
  readonly thumbnails: Pick<Thumbnails, 'ofFile' | 'ofItem'>;
}

/**
 * A search over the store that the configuration names. Joins a server that an embedding run keeps
 * open, and creates nothing.
 *
 * @throws FashionMatchError when the configuration, a model or the store is not usable.
 */
export async function openSimilaritySearch(options: OpenOptions = {}): Promise<OpenedSimilaritySearch> {
  const { openDependencies } = await import('../container/open-dependencies.js');
  const { dependencies, textTower, thumbnails, close } = await openDependencies({ access: 'read', ...options });
  const { vectorStore, journal, scorer } = dependencies;
  const store = journaled(vectorStore, journal, scorer.handles);
  return {
    search: new SimilaritySearch({ ...dependencies, vectorStore: store, textTower }),
    store,
    scorer,
    thumbnails,
    [Symbol.asyncDispose]: close,
  };
}
