import {
  EMBEDDING_SPACES,
  FashionMatchError,
  perSpaceAsync,
  type StoredItem,
  type StoreHalf,
  type PerSpace,
} from '@fashionmatch/domain';

import { adoptItems, type AdoptedItems } from '../adoption/adopt-items.js';
import { listedImages } from '../adoption/listed-images.js';
import { compareSample, type SampleComparison } from '../adoption/sample-comparison.js';
import type { AppConfig } from '../config/app-config.js';
import { loadConfig } from '../config/load-config.js';
import type { OpenOptions } from '../container/open-options.js';
import { TOKENS } from '../container/tokens.js';
import { mainGeneration } from '../generations/generation-config.js';
import { SAME_IMAGE } from '../image-comparison.js';
import { SILENT_LOGGER } from '../silent.js';
import { ENCODED_AT_ONCE } from '../verification/encode-again.js';

export interface AdoptStoreOptions extends Pick<
  OpenOptions,
  'config' | 'configPath' | 'logger' | 'progress' | 'signal'
> {
  /** Images to encode and compare; 20 unless given. */
  readonly sample?: number | undefined;
  /** The least cosine between a stored vector and the one that its image gives; .999 unless given. */
  readonly minCosine?: number | undefined;
  /** Folders to look for images in, besides those of the configuration and the working directory. */
  readonly roots?: readonly string[] | undefined;
  /** Works on the store itself rather than on a copy that takes its place. */
  readonly inPlace?: boolean | undefined;
  /** Writes nothing that stays. */
  readonly dryRun?: boolean | undefined;
}

export interface AdoptionReport extends AdoptedItems {
  readonly comparison: SampleComparison;
  /** The folder that the original is in now; undefined where there is none, or nothing was written. */
  readonly original: string | undefined;
}

const DEFAULT_SAMPLE = 20;

/**
 * Takes over the store that the configuration names and another program wrote: ids, metadata and vectors stay, and the
 * next run finds nothing to do. What is cut short is gone on with the next time.
 *
 * @returns undefined when there is nothing to take over: the store is this program's already.
 * @throws FashionMatchError `ENCODER_MISMATCH` when the vectors are not of the configured encoders, `SOURCE_UNREADABLE`
 *   when no image tells; nothing is written then. Else when the configuration, a model or the store is not usable.
 */
export async function adoptStore(options: AdoptStoreOptions = {}): Promise<AdoptionReport | undefined> {
  // Whatever serves: what another program wrote is where it always was.
  const config = mainGeneration(options.config ?? (await loadConfig({ path: options.configPath })));
  const { host, persistDirectory } = config.database;
  const { inPlace = false, dryRun = false, logger = SILENT_LOGGER } = options;
  if (host !== undefined && !inPlace && !dryRun) {
    throw new FashionMatchError(
      'USAGE_INVALID',
      'A store on a server can only be taken over where it is: add --in-place',
    );
  }
  if (host !== undefined || (inPlace && !dryRun)) return adoptAt(config, options);
  const { stageStore } = await import('../container/store-engine.js');
  await using staged = await stageStore(persistDirectory, logger);
  const writing = { hasBegun: false };
  try {
    const database = { ...config.database, persistDirectory: staged.directory };
    const report = await adoptAt({ ...config, database }, { ...options, writing });
    if (report !== undefined && !dryRun) return { ...report, original: await staged.swap() };
    await staged.discard();
    return report;
  } catch (error) {
    // A copy in which nothing was written yet is of no use to the next attempt.
    if (!writing.hasBegun) await staged.discard();
    throw error;
  }
}

async function adoptAt(
  config: AppConfig,
  {
    sample = DEFAULT_SAMPLE,
    minCosine = SAME_IMAGE,
    roots = [],
    dryRun = false,
    writing = { hasBegun: false },
    signal,
    ...options
  }: AdoptStoreOptions & { readonly writing?: { hasBegun: boolean } },
): Promise<AdoptionReport | undefined> {
  const [{ withContainer }, { DECODE_CONCURRENCY: decodeConcurrency }, { imagesOfStore }] = await Promise.all([
    import('../container/pipeline-container.js'),
    import('../container/open-dependencies.js'),
    import('../container/source-factory.js'),
  ]);
  return withContainer({ ...options, config, signal }, { access: 'adopt' }, async (container, close) => {
    const scorer = await container.getAsync(TOKENS.scorer);
    const halves = await (await container.getAsync(TOKENS.engine)).halves(scorer.handles);
    if (!(await areForeign(halves, config))) {
      await close();
      return undefined;
    }
    const logger = container.get(TOKENS.logger);
    const images = await imagesOfStore(config, roots);
    const sources = await container.getAsync(TOKENS.sources);
    const listed = await listedImages(sources.scraped(config.scraper.outputDir));
    const journal = await container.getAsync(TOKENS.journal);
    const decoder = await container.getAsync(TOKENS.decoder);
    const readImage = (path: string): Promise<Uint8Array> => images.read(path);
    const fileExists = (): Promise<boolean> => Promise.resolve(true);
    const adopted = {
      store: { halves, journal, encoders: scorer.handles, fileExists, logger },
      tools: { readImage, decoder, scorer, batchSize: ENCODED_AT_ONCE, decodeConcurrency },
      findImage: async (stored: StoredItem) =>
        (stored.provenance.source === 'scraped' ? listed.get(stored.item.itemId) : undefined) ?? images.find(stored),
    };
    const comparison = await compareSample(adopted, { size: sample, minCosine });
    writing.hasBegun = !dryRun;
    const items = await adoptItems(adopted, { write: !dryRun, total: comparison.total, signal });
    if (!dryRun) {
      // A half that is taken over says so: the other one is left when this is cut short here.
      await halves.dino.adopt();
      await halves.clip.adopt();
    }
    await close();
    return { ...items, comparison, original: undefined };
  });
}

/** @throws FashionMatchError `USAGE_INVALID` when there are no two halves to be taken over. */
async function areForeign(halves: PerSpace<StoreHalf>, { database }: AppConfig): Promise<boolean> {
  const exist = await perSpaceAsync((space) => halves[space].exists());
  for (const space of EMBEDDING_SPACES) {
    if (exist[space]) continue;
    throw new FashionMatchError(
      'USAGE_INVALID',
      `There is no collection ${halves[space].name} with items in it: check database.persist_directory and collection_name (${database.collectionName})`,
    );
  }
  return halves.clip.isForeign || halves.dino.isForeign;
}
