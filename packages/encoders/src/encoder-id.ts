import { createHash } from 'node:crypto';
import { basename, resolve } from 'node:path';

import type { ResolvedModel } from './resolved-model.js';

/** How images are resized: with sharp, or as the models' authors did. */
export const RESAMPLES = ['fast', 'exact'] as const;

export type Resample = (typeof RESAMPLES)[number];

/**
 * Goes up when the same model, image and settings begin to give another vector: by other pixels, or by another
 * choice among a model's outputs.
 */
const RULES_VERSION = 1;

/**
 * Names everything that a vector depends on, such as
 * `openai/clip-vit-base-patch32@d15189d#fp32:sha256=fd6e1402a588:pre=1c0f9a2e`. The last part is a hash of how
 * images are prepared: sizes, filter, means, colour conversion, and the version of the rules here.
 */
export function encoderId(model: ResolvedModel, resample: Resample): string {
  const { resize, inputSize, filter, rescale, mean, std } = model.preprocessing;
  const resizedTo = 'width' in resize ? [resize.width, resize.height] : [resize.shortestEdge];
  const input = [inputSize.width, inputSize.height];
  const steps = [RULES_VERSION, 'icc-to-srgb', resample, resizedTo, input, filter, rescale, mean, std];
  const pre = createHash('sha256').update(JSON.stringify(steps)).digest('hex').slice(0, 8);
  // A folder may move; what is in it tells models apart.
  const name = isFolder(model) ? `local/${basename(resolve(model.name))}` : model.name;
  const revision = model.revision === '' ? '' : `@${model.revision.slice(0, 7)}`;
  return `${name}${revision}#${model.precision}:sha256=${model.sha256.slice(0, 12)}:pre=${pre}`;
}

function isFolder({ name, revision }: ResolvedModel): boolean {
  return revision === '' && !name.startsWith('builtin/');
}
