import type { OpenOptions } from '../container/open-options.js';
import { dryRun, type DryRunOptions, type PlannedItem } from '../embedding/dry-run.js';
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
  const { openDryRunStore } = await import('../container/open-dry-run-store.js');
  const { config, sources, store, close } = await openDryRunStore(options);
  const { referencesDir, outputDir } = config.scraper;
  return {
    references: ({ referenceDir = referencesDir, ...how } = {}) => dryRun(sources.references(referenceDir), store, how),
    scraped: ({ scrapedDir = outputDir, ...how } = {}) => dryRun(sources.scraped(scrapedDir), store, how),
    [Symbol.asyncDispose]: close,
  };
}
