import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeModel } from './onnx/encode-model.js';
import { Graph } from './onnx/graph.js';

/**
 * Writes the graphs that resize an image as Pillow does, which the encoders package ships for
 * `models.resample: exact`: `node tools/dist/write-resize-models.js [DIR]`. Writing twice gives the same bytes.
 */
const folder = process.argv[2] ?? fileURLToPath(new URL('../../packages/encoders/builtin/resize', import.meta.url));

/** The first with antialiasing in Resize. */
const OPSET = 18;

/**
 * `image` (uint8, height × width × 3) and the wanted height and width in `sizes` give `resized`. Pillow's filters
 * widen with the scale (antialias), leave out what lies beyond the rim, and its bicubic has a = -0.5 (Keys, 1981).
 */
function resizeGraph(name: string, mode: 'cubic' | 'linear'): Graph {
  const graph = new Graph(name);
  graph.input('image', 'uint8', [1, 'height', 'width', 3]);
  graph.input('sizes', 'int64', [2]);
  graph.node(
    'Resize',
    ['image', '', '', 'sizes'],
    {
      mode,
      antialias: 1,
      axes: [1, 2],
      coordinate_transformation_mode: 'half_pixel',
      cubic_coeff_a: { float: -0.5 },
      exclude_outside: 1,
    },
    { output: 'resized' },
  );
  graph.output('resized', 'uint8', [1, 'resized_height', 'resized_width', 3]);
  return graph;
}

await mkdir(folder, { recursive: true });
for (const [name, mode] of [
  ['bicubic', 'cubic'],
  ['bilinear', 'linear'],
] as const) {
  const description = `Resizes a ${name} antialiased image as Pillow does.`;
  const path = join(folder, `${name}.onnx`);
  await writeFile(path, Buffer.concat([...encodeModel(resizeGraph(name, mode), { opset: OPSET, description })]));
  process.stdout.write(`${path}\n`);
}
