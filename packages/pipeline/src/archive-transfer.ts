import type { ItemArchive } from '@fashionmatch/domain';

import type { OpenOptions } from './container/open-options.js';
import { TOKENS } from './container/tokens.js';
import { EmbeddingPipeline } from './embedding-pipeline.js';
import { exportItems, type ExportOptions, type ExportReport } from './export-items.js';
import { importItems, requireSameEncoders, type ImportOptions, type ImportReport } from './import-items.js';

/**
 * The archive that a path names by its ending: `NAME.parquet`, or `NAME.npy` or `NAME.jsonl` for
 * `NAME.clip.npy`, `NAME.dino.npy`, `NAME.jsonl` and `NAME.json` together.
 *
 * @throws FashionMatchError `USAGE_INVALID` for any other ending.
 */
export async function openItemArchive(path: string): Promise<ItemArchive> {
  const { itemArchive } = await import('./container/item-archive.js');
  return itemArchive(path);
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
  const { openDependencies } = await import('./container/open-dependencies.js');
  const { dependencies, close } = await openDependencies({ ...options, access: 'read' });
  try {
    const { vectorStore, journal, scorer } = dependencies;
    return await exportItems(vectorStore, archive, { ...options, journal, encoders: scorer.handles });
  } finally {
    await close();
  }
}

/**
 * Stores the items of an archive where the configuration says; their vectors are journaled as if they had been
 * encoded here. Nothing is opened or created for an archive of other encoders.
 *
 * @throws FashionMatchError when the archive, the configuration, a model or the store is not usable; else as
 *   {@link importItems}.
 */
export async function importArchive(
  archive: ItemArchive,
  options: OpenOptions & Pick<ImportOptions, 'signal'> = {},
): Promise<ImportReport> {
  await using opened = await archive.open();
  await using pipeline = await EmbeddingPipeline.create({
    ...options,
    customise: (container) => {
      options.customise?.(container);
      // The store waits for the encoders, and is made for whichever they are.
      container.onActivation(TOKENS.scorer, (_, scorer) => {
        requireSameEncoders(opened, scorer.handles);
        return scorer;
      });
    },
  });
  const { batchSize } = pipeline.config.database;
  const encoders = pipeline.scorer.handles;
  return await importItems(pipeline.vectorStore, opened, { ...options, encoders, batchSize });
}
