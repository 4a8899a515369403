import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { colourLayout } from './builtin/colour-layout.js';
import { structure } from './builtin/structure.js';
import { writeBuiltinModel } from './builtin/write-builtin-model.js';

/**
 * Writes the two built-in encoders that the encoders package ships:
 * `node tools/dist/write-builtin-models.js [DIR]`. Writing twice gives the same bytes.
 */
const folder = process.argv[2] ?? fileURLToPath(new URL('../../packages/encoders/builtin', import.meta.url));

for (const model of [colourLayout(), structure()]) {
  const sha256 = await writeBuiltinModel(model, join(folder, model.name));
  process.stdout.write(`${sha256}  ${join(folder, model.name, 'onnx/model.onnx')}\n`);
}
