import type { PerSpace } from '@fashionmatch/domain';

import type { OpenOptions } from '../container/open-options.js';
import { copyThresholds } from '../duplicates/copy-thresholds.js';
import { findDuplicates, type DuplicateReport, type FindDuplicatesOptions } from '../duplicates/find-duplicates.js';
import { journaled } from '../journaled-vector-store.js';
import { progressLog } from '../progress-log.js';
import { isEmptyStore } from '../search/is-empty-store.js';
import type { Thumbnails } from '../search/thumbnails.js';

export interface OpenedDuplicates extends AsyncDisposable {
  /** Whether nothing is stored. */
  isEmpty(): Promise<boolean>;
  readonly thumbnails: Pick<Thumbnails, 'ofItem'>;
  /**
   * See {@link findDuplicates}. The log is told how far it is.
   *
   * @param options.thresholds those of the configured models where one is not given.
   */
  find(
    options?: Pick<FindDuplicatesOptions, 'signal'> & {
      readonly thresholds?: { readonly [Space in keyof PerSpace<number>]?: number | undefined };
    },
  ): Promise<DuplicateReport>;
}

/**
 * Opens what finds copies in the store that the configuration names. Joins a server that an embedding run keeps open, and
 * creates nothing.
 *
 * @throws FashionMatchError when the configuration, a model or the store is not usable.
 */
export async function openDuplicates(options: OpenOptions = {}): Promise<OpenedDuplicates> {
  const { openDependencies } = await import('../container/open-dependencies.js');
  const { dependencies, thumbnails, close } = await openDependencies({ access: 'read', ...options });
  const { vectorStore, journal, scorer, logger } = dependencies;
  const store = journaled(vectorStore, journal, scorer.handles);
  return {
    isEmpty: () => isEmptyStore(store),
    thumbnails,
    find: async ({ signal, thresholds } = {}) => {
      const usual = copyThresholds(scorer.handles);
      const least = { clip: thresholds?.clip ?? usual.clip, dino: thresholds?.dino ?? usual.dino };
      const onProgress = progressLog(logger, 'Read', await store.count());
      return findDuplicates(store, { thresholds: least, signal, onProgress });
    },
    [Symbol.asyncDispose]: close,
  };
}
