import { perSpace } from '@fashionmatch/domain';

import type { OpenOptions } from '../container/open-options.js';
import { TOKENS } from '../container/tokens.js';
import { EMPTY_STORE } from '../empty-store.js';
import { dryRun, type DryRunOptions, type DryRunStore, type PlannedItem } from '../embedding/dry-run.js';
import type { ProcessReferencesOptions, ProcessScrapedOptions } from '../embedding/process-options.js';

export interface OpenedDryRun extends AsyncDisposable {
  references(options?: DryRunOptions & Pick<ProcessReferencesOptions, 'referenceDir'>): AsyncIterable<PlannedItem>;
  scraped(options?: DryRunOptions & Pick<ProcessScrapedOptions, 'scrapedDir'>): AsyncIterable<PlannedItem>;
}

/**
 * Opens what a dry run reads. No model is loaded or downloaded, and nothing is created or written.
 *
 * @throws FashionMatchError when the configuration or the store is not usable.
 */
export async function openDryRun(options: OpenOptions = {}): Promise<OpenedDryRun> {
  const { withContainer } = await import('../container/pipeline-container.js');
  return withContainer(options, { access: 'read', offline: true }, async (container, close) => {
    const sources = await container.getAsync(TOKENS.sources);
    const { referencesDir, outputDir } = container.get(TOKENS.config).scraper;
    const journal = await container.getAsync(TOKENS.journal);
    const isNew =
      options.customise === undefined &&
      (await journal.size()).vectors === 0 &&
      !(await (await container.getAsync(TOKENS.engine)).exists());
    // Then the models need not be here either.
    const encoders = isNew ? NOBODY : (await container.getAsync(TOKENS.scorer)).handles;
    const vectorStore = isNew ? EMPTY_STORE : await container.getAsync(TOKENS.vectorStore);
    const store: DryRunStore = { vectorStore, journal, encoderIds: perSpace((space) => encoders[space].id) };
    return {
      references: ({ referenceDir = referencesDir, ...how } = {}) =>
        dryRun(sources.references(referenceDir), store, how),
      scraped: ({ scrapedDir = outputDir, ...how } = {}) => dryRun(sources.scraped(scrapedDir), store, how),
      [Symbol.asyncDispose]: close,
    };
  });
}

/** Whose vectors there are none of. */
const NOBODY = perSpace(() => ({ id: '' }));
