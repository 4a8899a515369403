import { Graph } from '../onnx/graph.js';
import { floatTensor } from '../onnx/tensor.js';
import { IMAGE_SIZE, type BuiltinModel } from './builtin-model.js';
import { averageCells, GRID, padEdges, rounded, spatialTerms } from './grid.js';

const ORIENTATIONS = 8;

/** Weights of red, green and blue in luma (ITU-R BT.601). */
const LUMA = [0.299, 0.587, 0.114];

/**
 * Edges are looked for at two scales: in an image made `shrink` times smaller, with derivatives of a
 * Gaussian of `sigma` of its pixels.
 */
const SCALES = [
  { name: 'coarse', shrink: 4, sigma: 1.2, terms: 36 },
  { name: 'fine', shrink: 2, sigma: 1, terms: 12 },
] as const;

/** Slopes much gentler than this, in luma (0 to 1) per pixel of the smaller image, are taken for noise. */
const NOISE = 0.05;

/** No direction in a cell counts for more than this share of its neighbourhood's contrast (as in SIFT; Lowe, 2004). */
const CEILING = 0.3;

/** What every number is raised by, so that a surface without any edge still has a direction. */
const FLOOR = 0.03;

/**
 * Which way edges run, and where, whatever the colours: histograms of signed gradient directions
 * (Dalal and Triggs, 2005) as low spatial frequencies. 288 coarse numbers and 96 fine ones.
 */
export function structure(): BuiltinModel {
  const graph = new Graph('structure');
  const pixels = graph.input('pixel_values', 'float32', ['batch_size', 3, IMAGE_SIZE, IMAGE_SIZE]);
  const luma = graph.node('Conv', [pixels, graph.constant('luma', floatTensor([1, 3, 1, 1], LUMA))]);
  const terms = graph.node(
    'Concat',
    SCALES.map((scale) => edgeTerms(graph, luma, scale)),
    { axis: 1 },
  );
  graph.node('Add', [terms, graph.constant('floor', floatTensor([], [FLOOR]))], {}, { output: 'image_embeds' });
  graph.output('image_embeds', 'float32', ['batch_size', 384]);
  return { name: 'structure', description: 'Which way edges run in an image', dimensions: 384, graph };
}

function edgeTerms(graph: Graph, luma: string, { name, shrink, sigma, terms }: (typeof SCALES)[number]): string {
  const small = graph.node(
    'AveragePool',
    [luma],
    { kernel_shape: [shrink, shrink], strides: [shrink, shrink] },
    { output: `${name}_luma` },
  );
  const radius = Math.ceil(2.5 * sigma);
  const slopes = graph.node('Conv', [
    padEdges(graph, small, radius),
    graph.constant(
      `${name}_derivatives`,
      floatTensor([ORIENTATIONS, 1, 2 * radius + 1, 2 * radius + 1], derivatives(sigma, radius)),
    ),
  ]);
  const rising = graph.node('Relu', [slopes], {}, { output: `${name}_edges` });
  const cells = averageCells(graph, rising, ORIENTATIONS, IMAGE_SIZE / shrink / GRID);
  return spatialTerms(graph, evenContrast(graph, cells, name), { channels: ORIENTATIONS, count: terms, mean: false });
}

/** Divides every cell by the contrast of the 7 × 7 cells around it; the square root then lifts faint edges. */
function evenContrast(graph: Graph, cells: string, name: string): string {
  const constant = (label: string, value: number) => graph.constant(`${name}_${label}`, floatTensor([], [value]));
  const squares = graph.node('Mul', [cells, cells]);
  // A sum over the directions as a convolution: ReduceSum adds up in another order for a batch of one.
  const ones = floatTensor(
    [1, ORIENTATIONS, 1, 1],
    Array.from({ length: ORIENTATIONS }, () => 1),
  );
  const energy = graph.node('Conv', [squares, graph.constant(`${name}_ones`, ones)]);
  const around = graph.node('AveragePool', [energy], {
    kernel_shape: [7, 7],
    pads: [3, 3, 3, 3],
  });
  const contrast = graph.node('Sqrt', [graph.node('Add', [around, constant('noise', NOISE ** 2)])]);
  const even = graph.node('Div', [cells, contrast]);
  const clipped = graph.node('Min', [even, constant('ceiling', CEILING)]);
  return graph.node('Sqrt', [clipped], {}, { output: `${name}_even` });
}

/** Derivatives of a Gaussian along 8 directions; each answers 1 to a slope of 1 per pixel. */
function derivatives(sigma: number, radius: number): number[] {
  const offsets = Array.from({ length: 2 * radius + 1 }, (_, i) => i - radius);
  const gaussian = (x: number, y: number) => Math.exp(-(x * x + y * y) / (2 * sigma * sigma));
  const unit = offsets.flatMap((y) => offsets.map((x) => x * x * gaussian(x, y))).reduce((a, b) => a + b);
  return Array.from({ length: ORIENTATIONS }, (_, i) => (2 * Math.PI * i) / ORIENTATIONS).flatMap((angle) =>
    offsets.flatMap((y) =>
      offsets.map((x) => rounded(((x * Math.cos(angle) + y * Math.sin(angle)) * gaussian(x, y)) / unit)),
    ),
  );
}
