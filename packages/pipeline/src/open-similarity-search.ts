import type { OpenOptions } from './container/open-options.js';
import { SimilaritySearch } from './similarity-search.js';

export interface OpenedSimilaritySearch extends AsyncDisposable {
  readonly search: SimilaritySearch;
}

/**
 * A search over the store that the configuration names. Joins a server that an embedding run keeps
 * open, and creates nothing.
 *
 * @throws FashionMatchError when the configuration, a model or the store is not usable.
 */
export async function openSimilaritySearch(options: OpenOptions = {}): Promise<OpenedSimilaritySearch> {
  const { openDependencies } = await import('./container/open-dependencies.js');
  const { dependencies, close } = await openDependencies({ access: 'read', ...options });
  return { search: new SimilaritySearch(dependencies), [Symbol.asyncDispose]: close };
}
