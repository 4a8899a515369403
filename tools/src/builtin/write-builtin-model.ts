import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeModel } from '../onnx/encode-model.js';
import { IMAGE_SIZE, type BuiltinModel } from './builtin-model.js';

const OPSET = 17;

/** The whole image, squeezed into the square: what lies at the rim of a garment's photograph counts. */
const PREPROCESSING = {
  do_convert_rgb: true,
  do_resize: true,
  size: { height: IMAGE_SIZE, width: IMAGE_SIZE },
  resample: 3,
  do_center_crop: false,
  do_rescale: true,
  rescale_factor: 1 / 255,
  do_normalize: false,
};

/** The files of a model, in the layout of the Hugging Face hub, by their path in its folder. */
export function builtinModelFiles({ name, description, dimensions, graph }: BuiltinModel): Map<string, Uint8Array> {
  const json = (value: unknown) => Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
  return new Map([
    ['onnx/model.onnx', Buffer.concat([...encodeModel(graph, { opset: OPSET, description })])],
    ['config.json', json({ model_type: `fashionmatch-${name}`, image_size: IMAGE_SIZE, projection_dim: dimensions })],
    ['preprocessor_config.json', json(PREPROCESSING)],
  ]);
}

/** Writes the model's files under `folder` and gives the SHA-256 of its graph, in lower-case hex. */
export async function writeBuiltinModel(model: BuiltinModel, folder: string): Promise<string> {
  const files = builtinModelFiles(model);
  await mkdir(join(folder, 'onnx'), { recursive: true });
  for (const [path, bytes] of files) await writeFile(join(folder, path), bytes);
  return createHash('sha256')
    .update(files.get('onnx/model.onnx') ?? '')
    .digest('hex');
}
