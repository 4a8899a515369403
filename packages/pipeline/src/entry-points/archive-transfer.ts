import { resolve } from 'node:path';

import {
  FashionMatchError,
  perSpace,
  reasonOf,
  type ItemArchive,
  type PerSpace,
  type ReadableArchive,
} from '@fashionmatch/domain';

import type { OpenOptions } from '../container/open-options.js';
import { TOKENS } from '../container/tokens.js';
import { exportItems, type ExportOptions, type ExportReport } from '../transfer/export-items.js';
import { requireSameEncoders, type NamedEncoders } from '../transfer/archive-encoders.js';
import { importItems, type ImportOptions, type ImportReport } from '../transfer/import-items.js';
import { journaled } from '../journaled-vector-store.js';
import { ENCODED_AT_ONCE } from '../verification/encode-again.js';

/**
 * The archive that a path names by its ending: `NAME.parquet`, or `NAME.npy` or `NAME.jsonl` for
 * `NAME.clip.npy`, `NAME.dino.npy`, `NAME.jsonl` and `NAME.json` together.
 *
 * @throws FashionMatchError `USAGE_INVALID` for any other ending.
 */
export async function openItemArchive(path: string): Promise<ItemArchive> {
  const { itemArchive } = await import('../container/pipeline-container.js');
  return itemArchive(path);
}

/** The same for an import, where any other path is a folder of clip-retrieval. */
export async function openReadableArchive(path: string): Promise<ReadableArchive> {
  const { readableArchive } = await import('../container/pipeline-container.js');
  return readableArchive(path);
}

/** The encoders that an archive names. @throws FashionMatchError when it names none, or cannot be read. */
export async function encodersOf(archive: ReadableArchive): Promise<PerSpace<string>> {
  await using opened = await archive.open();
  const { name, encoders } = opened;
  if (encoders !== undefined) return perSpace((space) => encoders[space].id);
  throw new FashionMatchError(
    'USAGE_INVALID',
    `${reasonOf(name)} does not say either which encoders made its vectors.`,
  );
}

/**
 * Writes the store that the configuration names to an archive. Joins a server that an embedding run keeps open, and
 * creates nothing but the archive.
 *
 * @throws FashionMatchError when the configuration, a model or the store is not usable; else as {@link exportItems}.
 */
export async function exportArchive(
  archive: ItemArchive,
  options: OpenOptions & Pick<ExportOptions, 'overwrite' | 'signal'> = {},
): Promise<ExportReport> {
  const { openDependencies } = await import('../container/open-dependencies.js');
  const { dependencies, close } = await openDependencies({ ...options, access: 'read' });
  try {
    const { vectorStore, journal, scorer } = dependencies;
    return await exportItems(vectorStore, archive, { ...options, journal, encoders: scorer.handles });
  } finally {
    await close();
  }
}

export interface ImportArchiveOptions extends OpenOptions, Pick<ImportOptions, 'signal' | 'check'> {
  /** What made the vectors, where the archive does not say it. */
  readonly named?: NamedEncoders | undefined;
  /** Where relative paths of images begin; the archive's folder when not given. */
  readonly root?: string | undefined;
}

/**
 * Stores the items of an archive where the configuration says; their vectors are journaled as imported ones. Nothing is opened or created for an archive of other encoders.
 *
 * @throws FashionMatchError when the archive, the configuration, a model or the store is not usable; else as
 *   {@link importItems}.
 */
export async function importArchive(
  archive: ReadableArchive,
  options: ImportArchiveOptions = {},
): Promise<ImportReport> {
  await using opened = await archive.open();
  const [{ withContainer }, { dependenciesOf }] = await Promise.all([
    import('../container/pipeline-container.js'),
    import('../container/open-dependencies.js'),
  ]);
  return await withContainer(options, { access: 'write' }, async (container, close) => {
    // Before the store, which is made for whichever encoders there are.
    const { handles: encoders } = await container.getAsync(TOKENS.scorer);
    requireSameEncoders(opened, encoders, options.named);
    const { config, scorer, vectorStore, journal, sources, decoder, decodeConcurrency } = (
      await dependenciesOf(container)
    ).dependencies;
    const { batchSize } = config.database;
    const readImage = (path: string): Promise<Uint8Array> => sources.readImage(path);
    const readImageWithin = (path: string, folder: string): Promise<Uint8Array> => sources.readImage(path, folder);
    const references = sources.references(config.scraper.referencesDir);
    const fileExists = (path: string): Promise<boolean> => references.exists(path);
    const root = resolve(options.root ?? archive.folder);
    const encoding = { decoder, scorer, batchSize: ENCODED_AT_ONCE, decodeConcurrency };
    const tools = { readImage, readImageWithin, fileExists, root, ...encoding };
    const store = journaled(vectorStore, journal, encoders, 'imported');
    const report = await importItems(store, opened, { ...options, encoders, batchSize, journal, tools });
    await close();
    return report;
  });
}
