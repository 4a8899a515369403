import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { FashionMatchError, reasonOf } from '@fashionmatch/domain';
import { z } from 'zod';

import { parsePreprocessorConfig, type Preprocessing } from './preprocessor-config.js';
import type { Precision } from './resolved-model.js';

export const PREPROCESSOR_CONFIG = 'preprocessor_config.json';
export const MODEL_CONFIG = 'config.json';

/** Endings of the files of each precision, as exporters name them. */
const ENDINGS: Readonly<Record<Precision, readonly string[]>> = {
  fp32: [''],
  fp16: ['_fp16'],
  int8: ['_int8', '_quantized'],
};

/** No such file is longer than a few thousand bytes. */
const MAX_CONFIG_BYTES = 1 << 20;

/**
 * Where an image encoder of this precision may be in a model's folder, likeliest first. Where text and images have
 * a model each, `model.onnx` holds both and takes more than images, so the image encoder's own file comes first.
 */
export function weightPaths(precision: Precision): string[] {
  const names = ENDINGS[precision].flatMap((ending) => [`vision_model${ending}.onnx`, `model${ending}.onnx`]);
  return [...names.map((name) => `onnx/${name}`), ...names];
}

/** The first of {@link weightPaths} that is a file in `folder`. */
export async function findWeights(folder: string, precision: Precision): Promise<string | undefined> {
  for (const path of weightPaths(precision)) {
    if (await isFile(join(folder, path))) return path;
  }
  return undefined;
}

/** @throws FashionMatchError `MODEL_INVALID` when the file is not readable or asks for unknown steps. */
export async function readPreprocessing(path: string): Promise<Preprocessing> {
  return parsePreprocessorConfig(await readJson(path), PREPROCESSOR_CONFIG);
}

/** `model_type` of a `config.json`; `''` when there is none. */
export async function readModelType(path: string): Promise<string> {
  if (!(await isFile(path))) return '';
  const config = z.object({ model_type: z.string() }).safeParse(await readJson(path));
  return config.success ? config.data.model_type : '';
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
