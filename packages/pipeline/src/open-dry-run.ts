import type { OpenOptions } from './container/open-options.js';
import { dryRun, type PlannedItem } from './dry-run.js';
import type { ProcessReferencesOptions, ProcessScrapedOptions } from './process-options.js';

export interface OpenedDryRun extends AsyncDisposable {
  references(options?: Pick<ProcessReferencesOptions, 'referenceDir' | 'prune'>): AsyncIterable<PlannedItem>;
  scraped(options?: Pick<ProcessScrapedOptions, 'scrapedDir' | 'prune'>): AsyncIterable<PlannedItem>;
}

/**
 * Opens what a dry run reads. No model is loaded or downloaded, and nothing is created or written.
 *
 * @throws FashionMatchError when the configuration or the store is not usable.
 */
export async function openDryRun(options: OpenOptions = {}): Promise<OpenedDryRun> {
  const { openDryRunStore } = await import('./container/open-dry-run-store.js');
  const { config, sources, store, close } = await openDryRunStore(options);
  const { referencesDir, outputDir } = config.scraper;
  return {
    references: ({ referenceDir = referencesDir, prune } = {}) =>
      dryRun(sources.references(referenceDir), store, prune),
    scraped: ({ scrapedDir = outputDir, prune } = {}) => dryRun(sources.scraped(scrapedDir), store, prune),
    [Symbol.asyncDispose]: close,
  };
}
