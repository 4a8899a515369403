import { parseArgs } from 'node:util';
import { randomModels } from './random-models/random-models.js';
import { writeModelFolder } from './random-models/write-model-folder.js';

/**
 * Writes CLIP ViT-B/32 and DINOv2 ViT-S/14 with random weights, for tests and timing where the real ones cannot be
 * had: `node tools/dist/write-random-models.js DIR [--tiny] [--layers N]`. The whole is 870 MB; nothing of it is
 * ever shipped. Writing twice gives the same bytes.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { tiny: { type: 'boolean', default: false }, layers: { type: 'string' } },
});
const [folder] = positionals;
const blocks = values.layers === undefined ? undefined : Number(values.layers);

if (
  folder === undefined ||
  positionals.length > 1 ||
  (blocks !== undefined && !(Number.isInteger(blocks) && blocks > 0))
) {
  process.stderr.write('Usage: write-random-models.js DIR [--tiny] [--layers N]\n');
  process.exitCode = 2;
} else {
  for (const model of randomModels({ tiny: values.tiny, blocks })) {
    for (const path of await writeModelFolder(model, folder)) process.stdout.write(`${path}\n`);
  }
}
