import { createHash } from 'node:crypto';
import { basename, resolve } from 'node:path';

import type { ResolvedModel } from './resolved-model.js';
import type { ResolvedTextTower } from './text-tower-files.js';

/** How images are resized: with sharp, or as the models' authors did. */
export const RESAMPLES = ['fast', 'exact'] as const;

export type Resample = (typeof RESAMPLES)[number];

/** What becomes of colour profiles: colours are converted to sRGB by them, or read as if there were none. */
export const COLOURS = ['convert', 'ignore-profiles'] as const;

export type Colour = (typeof COLOURS)[number];

const COLOUR_STEPS: Readonly<Record<Colour, string>> = { convert: 'icc-to-srgb', 'ignore-profiles': 'icc-ignored' };

/**
 * Goes up when the same model, image and settings begin to give another vector: by other pixels, or by another
 * choice among a model's outputs.
 */
const RULES_VERSION = 2;

/**
 * Names everything that a vector depends on, such as
 * `openai/clip-vit-base-patch32@d15189d#fp32:sha256=fd6e1402a588:pre=1c0f9a2e`. The last part is a hash of how
 * images are prepared: sizes, filter, means, colour conversion, and the version of the rules here.
 */
export function encoderId(model: ResolvedModel, resample: Resample, colour: Colour = 'convert'): string {
  const { resize, inputSize, filter, rescale, mean, std } = model.preprocessing;
  const resizedTo = 'width' in resize ? [resize.width, resize.height] : [resize.shortestEdge];
  const input = [inputSize.width, inputSize.height];
  const steps = [RULES_VERSION, COLOUR_STEPS[colour], resample, resizedTo, input, filter, rescale, mean, std];
  const pre = createHash('sha256').update(JSON.stringify(steps)).digest('hex').slice(0, 8);
  return `${origin(model)}#${numberFormat(model)}:sha256=${model.sha256.slice(0, 12)}:pre=${pre}`;
}

/** What can be set otherwise between two encoders: the model itself, or how it is used. */
export type EncoderSetting = 'model' | 'precision' | 'resample' | 'colour';

/**
 * What was set otherwise for the encoder that had another id; nothing where that is no setting's doing, but that of
 * another version of these rules or of the model's files.
 */
export function settingsBehind(
  otherId: string,
  model: ResolvedModel,
  resample: Resample,
  colour: Colour = 'convert',
): EncoderSetting[] {
  const theirs = partsOf(otherId);
  const ours = partsOf(encoderId(model, resample, colour));
  if (theirs.origin !== ours.origin) return ['model'];
  const precision = theirs.precision === ours.precision ? [] : ['precision' as const];
  for (const otherColour of COLOURS) {
    for (const otherResample of RESAMPLES) {
      if (partsOf(encoderId(model, otherResample, otherColour)).pre !== theirs.pre) continue;
      return [
        ...precision,
        ...(otherResample === resample ? [] : ['resample' as const]),
        ...(otherColour === colour ? [] : ['colour' as const]),
      ];
    }
  }
  return precision;
}

function partsOf(id: string): { origin: string; precision: string | undefined; pre: string | undefined } {
  const settingsAt = id.lastIndexOf('#');
  const settings = id.slice(settingsAt + 1).split(':');
  return {
    origin: id.slice(0, settingsAt),
    precision: settings[0],
    pre: settings.find((one) => one.startsWith('pre=')),
  };
}

/** Names everything that a text's vector depends on: begins as the id of the image encoder of the same model. */
export function textTowerId(tower: ResolvedTextTower): string {
  const { sha256, tokenizerSha256 } = tower;
  const files = `sha256=${sha256.slice(0, 12)}:tokenizer=${tokenizerSha256.slice(0, 8)}`;
  return `${origin(tower)}#text-${numberFormat(tower)}:${files}`;
}

/** Sums of int8 that saturate and sums that do not are two spaces: stores of the time when they did are told apart. */
function numberFormat({ precision, quantised }: Pick<ResolvedModel, 'precision' | 'quantised'>): string {
  return quantised ? `${precision}-unsaturated` : precision;
}

function origin({ name, revision }: Pick<ResolvedModel, 'name' | 'revision'>): string {
  if (revision !== '') return `${name}@${revision.slice(0, 7)}`;
  // A folder may move; what is in it tells models apart.
  return name.startsWith('builtin/') ? name : `local/${basename(resolve(name))}`;
}
