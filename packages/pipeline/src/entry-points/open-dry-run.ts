import { CollectionError, EMBEDDING_SPACES, perSpace } from '@fashionmatch/domain';
import type { Container } from 'inversify';

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
    if (!isNew && options.customise === undefined && !options.replaceOther) await requireOwn(container);
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

/** @throws CollectionError `ENCODER_MISMATCH` when a run would be refused, for nobody knows whose vectors are stored. */
async function requireOwn(container: Container): Promise<void> {
  const { handles } = await container.getAsync(TOKENS.scorer);
  const halves = await (await container.getAsync(TOKENS.engine)).halves(handles);
  for (const space of EMBEDDING_SPACES) {
    if (!halves[space].isForeign) continue;
    throw new CollectionError(
      'ENCODER_MISMATCH',
      `The collection ${halves[space].name} was written by another program and does not say whose vectors it holds: ` +
        'run `fashionmatch adopt` to take it over, or choose another database.collection_name',
    );
  }
}

/** Whose vectors there are none of. */
const NOBODY = perSpace(() => ({ id: '' }));
