import type { OpenOptions } from './container/open-options.js';
import { dryRun, type PlannedItem } from './dry-run.js';

export interface OpenedDryRun extends AsyncDisposable {
  /** @param directory The configuration's when not given. */
  references(directory?: string): AsyncIterable<PlannedItem>;
  /** @param directory The configuration's when not given. */
  scraped(directory?: string): AsyncIterable<PlannedItem>;
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
    references: (directory = referencesDir) => dryRun(sources.references(directory), store),
    scraped: (directory = outputDir) => dryRun(sources.scraped(directory), store),
    [Symbol.asyncDispose]: close,
  };
}
