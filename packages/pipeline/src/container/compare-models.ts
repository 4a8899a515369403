import { FashionMatchError, ItemError, Resources, type DualEmbedding, type SourceItem } from '@fashionmatch/domain';

import type { AppConfig } from '../config/app-config.js';
import { comparePrecisions, type PrecisionComparison } from '../precision-comparison.js';
import { progressLog } from '../progress-log.js';
import { hybridScorer, imageDecoder, resolveModels } from './model-encoders.js';
import type { PullOptions } from './model-library.js';
import { sourceFactory } from './source-factory.js';

export interface CompareOptions extends Omit<PullOptions, 'text'> {
  /** A folder of photographs. */
  readonly directory: string;
  /** At most so many of them, evenly spread over the listing. */
  readonly images: number;
  /** What fp32 is compared with. */
  readonly precision: Exclude<AppConfig['models']['precision'], 'fp32'>;
}

/** Encodes the same photographs in two precisions. One precision's models are open at a time. */
export async function compareModels(config: AppConfig, options: CompareOptions): Promise<PrecisionComparison> {
  const chosen = await choose(config, options);
  const reference = await encodeAll(config, 'fp32', chosen, options);
  const other = await encodeAll(config, options.precision, chosen, options);
  const both = [...reference.keys()].filter((path) => other.has(path));
  const of = (vectors: ReadonlyMap<string, DualEmbedding>): DualEmbedding[] =>
    both.flatMap((path) => vectors.get(path) ?? []);
  if (both.length === 0) {
    throw new FashionMatchError('SOURCE_UNREADABLE', `No image of ${options.directory} can be read.`);
  }
  return comparePrecisions(of(reference), of(other));
}

async function choose(config: AppConfig, { directory, images, logger }: CompareOptions): Promise<SourceItem[]> {
  const all: SourceItem[] = [];
  for await (const entry of sourceFactory(config, logger).references(directory).list()) {
    if (entry.kind === 'item') all.push(entry);
  }
  const step = Math.max(1, all.length / images);
  return all.filter((_, i) => Math.floor(i / step) !== Math.floor((i - 1) / step)).slice(0, images);
}

/** The vectors by path; an image that cannot be encoded is told to the log and left out. */
async function encodeAll(
  config: AppConfig,
  precision: AppConfig['models']['precision'],
  items: readonly SourceItem[],
  { directory, logger, progress }: CompareOptions,
): Promise<Map<string, DualEmbedding>> {
  const resources = new Resources();
  const atPrecision = { ...config, models: { ...config.models, precision } };
  const container = { config: atPrecision, logger, progress, access: 'read', offline: false } as const;
  const vectors = new Map<string, DualEmbedding>();
  try {
    const open = { ...container, replaceOther: false, resources };
    const models = await resolveModels(open);
    const scorer = resources.add(await hybridScorer(models, open));
    const decoder = imageDecoder(models, atPrecision);
    const source = sourceFactory(config, logger).references(directory);
    const say = progressLog(logger, `Encoded at ${precision}:`, items.length);
    for (const [i, item] of items.entries()) {
      try {
        const [embedding] = await scorer.encodeDual([await decoder.decode(await source.read(item))]);
        if (embedding) vectors.set(item.file.path, embedding);
      } catch (error) {
        if (!(error instanceof ItemError)) throw error;
        logger.warn(`Left out ${item.itemId}: ${error.message}`, { item_id: item.itemId, path: item.file.path });
      }
      say(i + 1);
    }
    return vectors;
  } finally {
    await resources.close();
  }
}
