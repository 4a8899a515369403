import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { FashionMatchError, reasonOf } from '@fashionmatch/domain';
import { z } from 'zod';

import type { Precision } from './model-catalog.js';
import { readOnnxGraph } from '../onnx/graph/onnx-graph.js';
import { familyOf } from './model-families.js';
import { parsePreprocessorConfig, type Preprocessing } from './preprocessor-config.js';

export const PREPROCESSOR_CONFIG = 'preprocessor_config.json';
/** Where transformers 5 writes what the other file has, in a model of images and texts. */
export const PROCESSOR_CONFIG = 'processor_config.json';
export const MODEL_CONFIG = 'config.json';
export const TOKENIZER = 'tokenizer.json';

/** Endings of the files of each precision, as exporters name them. */
const ENDINGS: Readonly<Record<Precision, readonly string[]>> = {
  fp32: [''],
  fp16: ['_fp16'],
  int8: ['_uint8', '_quantized', '_int8'],
};

/** No such file is longer than a few thousand bytes. */
const MAX_CONFIG_BYTES = 1 << 20;

/**
 * Where an image encoder of this precision may be in a model's folder, likeliest first. Where text and images have
 * a model each, `model.onnx` holds both and takes longer, so the image encoder's own file comes first.
 */
export function weightPaths(precision: Precision): string[] {
  const names = ENDINGS[precision].flatMap((ending) => [`vision_model${ending}.onnx`, `model${ending}.onnx`]);
  return [...names.map((name) => `onnx/${name}`), ...names];
}

/** Where a text tower of this precision may be in a model's folder, likeliest first. */
export function textWeightPaths(precision: Precision): string[] {
  const names = ENDINGS[precision].map((ending) => `text_model${ending}.onnx`);
  return [...names.map((name) => `onnx/${name}`), ...names];
}

/** The likeliest of {@link weightPaths} that is a file in `folder`. */
export function findWeights(folder: string, precision: Precision): Promise<string | undefined> {
  return likeliestGraph(folder, weightPaths(precision));
}

/** The likeliest of {@link textWeightPaths} that is a file in `folder`. */
export function findTextWeights(folder: string, precision: Precision): Promise<string | undefined> {
  return likeliestGraph(folder, textWeightPaths(precision));
}

/**
 * Of graphs with the same part of a name in front, one with unsigned weights, whatever the rest of its name says. Only
 * where there is a choice are they read.
 */
async function likeliestGraph(folder: string, paths: readonly string[]): Promise<string | undefined> {
  const present: string[] = [];
  for (const path of paths) if (await isFile(join(folder, path))) present.push(path);
  const [first = ''] = present;
  const alike = present.filter((path) => partOf(path) === partOf(first));
  if (alike.length > 1) for (const path of alike) if (!(await isSigned(join(folder, path)))) return path;
  return present[0];
}

/** What of a model a graph holds, and where: `onnx/vision_model` of `onnx/vision_model_uint8.onnx`. */
const partOf = (path: string): string => path.replace(/(?<=model)(_[a-z\d]+)?\.onnx$/, '');

/** False of a file that is no model, which is told when it is opened. */
const isSigned = (path: string): Promise<boolean> =>
  readOnnxGraph(path).then(
    ({ signed }) => signed,
    () => false,
  );

/** The file in `folder` that says how images are prepared: its name, the usual one where there is none. */
export async function preprocessorFile(folder: string): Promise<string> {
  return (await firstFile(folder, [PREPROCESSOR_CONFIG, PROCESSOR_CONFIG])) ?? PREPROCESSOR_CONFIG;
}

async function firstFile(folder: string, paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    if (await isFile(join(folder, path))) return path;
  }
  return undefined;
}

/** @throws FashionMatchError `MODEL_INVALID` when the file is not readable or asks for unknown steps. */
export async function readPreprocessing(path: string): Promise<Preprocessing> {
  return parsePreprocessorConfig(await readJson(path), basename(path));
}

/** What a `config.json` tells of a model. */
export interface ModelConfig {
  /** `model_type`; `''` when there is none. */
  readonly modelType: string;
  /** Length of its vectors, where the type of the model makes that certain without loading it. */
  readonly dimensions: number | undefined;
}

const modelConfigSchema = z.object({
  model_type: z.string(),
  projection_dim: z.int().positive().optional(),
  hidden_size: z.int().positive().optional(),
});

export async function readModelConfig(path: string): Promise<ModelConfig> {
  const config = modelConfigSchema.safeParse((await isFile(path)) ? await readJson(path) : undefined);
  if (!config.success) return { modelType: '', dimensions: undefined };
  const { model_type: modelType } = config.data;
  const { dimensions } = familyOf(modelType);
  return { modelType, dimensions: dimensions && config.data[dimensions] };
}

export async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function readJson(path: string): Promise<unknown> {
  try {
    const { size } = await stat(path);
    if (size > MAX_CONFIG_BYTES) throw new Error('it is too large');
    const content: unknown = JSON.parse(await readFile(path, 'utf8'));
    return content;
  } catch (cause) {
    throw new FashionMatchError('MODEL_INVALID', `The model's file ${path} cannot be read: ${reasonOf(cause)}`, {
      cause,
    });
  }
}
