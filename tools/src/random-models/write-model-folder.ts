import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { encodeModel } from '../onnx/encode-model.js';
import type { ModelFolder } from './random-models.js';

const OPSET = 17;
const DESCRIPTION = 'Random weights: for tests and timing only';

/** Writes the model's files under `parent`, one weight at a time; gives their paths. */
export async function writeModelFolder(model: ModelFolder, parent: string): Promise<string[]> {
  const folder = join(parent, model.name);
  const written: string[] = [];
  for (const [name, content] of model.documents) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `${JSON.stringify(content, null, 2)}\n`);
    written.push(path);
  }
  for (const [name, graph] of model.graphs) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    const pieces = encodeModel(graph(), { opset: OPSET, description: DESCRIPTION });
    await pipeline(Readable.from(pieces), createWriteStream(path));
    written.push(path);
  }
  return written;
}
