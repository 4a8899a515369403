import { FashionMatchError, type TextTower } from '@fashionmatch/domain';
import { openOnnxTextTower, resolveTextTower } from '@fashionmatch/encoders';

import type { EncoderHandle } from '../hybrid-scorer.js';
import type { PipelineContainerOptions } from './container-options.js';
import { reportDownload } from './model-library.js';

/**
 * Opens the text tower of the configured CLIP model when it is first asked for, downloading it where it is missing.
 * It is the one of the model that the CLIP collection was written with: a store of another model is not opened.
 */
export function lazyTextTower(clip: EncoderHandle, options: PipelineContainerOptions): () => Promise<TextTower> {
  let opening: Promise<TextTower> | undefined;
  return () => (opening ??= openTextTower(clip, options));
}

async function openTextTower(clip: EncoderHandle, options: PipelineContainerOptions): Promise<TextTower> {
  const { config, logger, progress, offline, resources } = options;
  const { clipModel, precision, device, threads } = config.models;
  const tower = await resolveTextTower(clipModel, {
    precision,
    logger,
    onProgress: reportDownload(progress),
    ...(offline && { offline }),
  });
  logger.info(`Loading text tower: ${clipModel}`);
  const opened = resources.add(
    await openOnnxTextTower({ tower, device, logger, ...(threads !== 'auto' && { threads }) }),
  );
  if (opened.dimensions === clip.dimensions) return opened;
  const [text, image] = [opened.dimensions, clip.dimensions].map(String);
  throw new FashionMatchError(
    'MODEL_INVALID',
    `${clipModel} gives ${text} numbers for a text and ${image} for an image: its two halves do not belong together.`,
  );
}
