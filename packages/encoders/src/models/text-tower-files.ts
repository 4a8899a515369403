import { join } from 'node:path';

import { FashionMatchError } from '@fashionmatch/domain';

import { sha256Of } from '../hub/file-hash.js';
import { hubAccess, type HubAccess } from '../hub/hub-access.js';
import { ensureFile } from '../hub/hub-file.js';
import { hubRevision } from '../hub/hub-revision.js';
import type { ResolveModelOptions } from './model-files.js';
import { familyOf, type TextKind } from './model-families.js';
import type { Precision } from './model-catalog.js';
import { findTextWeights, isFile, MODEL_CONFIG, readModelConfig, textWeightPaths, TOKENIZER } from './model-folder.js';
import { locateModel, type HubLocation } from './model-location.js';
import { knownSha256, weightsFromHub, weightsInFolder, type Weights } from './model-weights.js';

/** A model's text tower, whose files are on this machine and have been verified. */
export interface ResolvedTextTower extends Weights {
  /** As configured for images, such as `openai/clip-vit-base-patch32`. */
  readonly name: string;
  /** The commit it comes from, the same as its image encoder's; `''` for local models. */
  readonly revision: string;
  readonly precision: Precision;
  readonly kind: TextKind;
  /** Absolute path of `tokenizer.json`. */
  readonly tokenizerPath: string;
  readonly tokenizerSha256: string;
}

/**
 * The verified files of the text tower of a model, downloaded first where they are not on this machine. It is the
 * one that belongs to the model's image encoder: the same repository, the same commit, the same precision.
 *
 * @param name As for `resolveModel`.
 * @throws FashionMatchError `MODEL_MISSING` when the model reads no texts, or its files cannot be had,
 *   `MODEL_INVALID` when they are not what they should be, `CONFIG_INVALID` when the name is no model.
 */
export async function resolveTextTower(name: string, options: ResolveModelOptions = {}): Promise<ResolvedTextTower> {
  const { precision = 'fp32' } = options;
  const model = await locateModel(name);
  if (model.kind === 'builtin') throw readsNoText(model.name);
  if (model.kind === 'folder') return resolveFolder(model.name, model.folder, precision);
  return resolveHub(model, precision, hubAccess(options));
}

async function resolveFolder(name: string, folder: string, precision: Precision): Promise<ResolvedTextTower> {
  const weights = await findTextWeights(folder, precision);
  const tokenizerPath = join(folder, TOKENIZER);
  const kind = await textKind(folder);
  if (weights === undefined || !(await isFile(tokenizerPath)) || kind === undefined) throw readsNoText(name);
  return {
    name,
    revision: '',
    precision,
    kind,
    tokenizerPath,
    ...(await weightsInFolder(join(folder, weights))),
    tokenizerSha256: await sha256Of(tokenizerPath),
  };
}

async function resolveHub(model: HubLocation, precision: Precision, access: HubAccess): Promise<ResolvedTextTower> {
  const { known, name } = model;
  if (known !== undefined && known.text?.weights[precision] === undefined) throw readsNoText(name);
  const { from, snapshot, paths } = await hubRevision(model, access);
  if (known === undefined) await ensureFile(from, { path: MODEL_CONFIG });
  const kind = known === undefined ? await textKind(snapshot) : known.text?.kind;
  if (kind === undefined) throw readsNoText(name);
  const weights =
    known?.text?.weights[precision] ??
    (await findTextWeights(snapshot, precision)) ??
    first(textWeightPaths(precision), await paths());
  if (weights === undefined) throw readsNoText(name);
  // The small one first: what is of no use is found out before the large download.
  const tokenizerPath = await ensureFile(from, known?.text?.tokenizer ?? { path: TOKENIZER });
  return {
    name,
    revision: from.commit,
    precision,
    kind,
    tokenizerPath,
    ...(await weightsFromHub(from, typeof weights === 'string' ? { path: weights } : weights)),
    tokenizerSha256: await knownSha256(tokenizerPath),
  };
}

/** Undefined where it is not known: vectors of a text that is cut in another way would look fine and be wrong. */
export async function textKind(folder: string): Promise<TextKind | undefined> {
  return familyOf((await readModelConfig(join(folder, MODEL_CONFIG))).modelType).readsText;
}

function first(candidates: readonly string[], paths: readonly string[]): string | undefined {
  return candidates.find((path) => paths.includes(path));
}

function readsNoText(name: string): FashionMatchError {
  return new FashionMatchError(
    'MODEL_MISSING',
    `Search by text needs CLIP or SigLIP with its text tower, which ${name} does not have: ` +
      'set models.clip_model to openai/clip-vit-base-patch32 and embed again, or search with an image.',
  );
}
