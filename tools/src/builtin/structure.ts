import { Graph } from '../onnx/graph.js';
import { floatTensor } from '../onnx/tensor.js';
import { IMAGE_SIZE, type BuiltinModel } from './builtin-model.js';
import { CELL, describePoints, nearForeground, type Points } from './foreground.js';
import { averageCells, padEdges, rounded, spatialTerms } from './grid.js';
import { scalar } from './scalar.js';

/**
 * Left, down, right and up. More directions leave fewer numbers for where the edges are, which tells garments apart
 * better: 8 directions with 48 terms each found less.
 */
const DIRECTIONS = 4;
const TERMS = 96;

/** Weights of red, green and blue in luma (ITU-R BT.601). */
const LUMA = [0.299, 0.587, 0.114];

/** Edges are looked for with derivatives of a Gaussian of this deviation, in points (4 pixels). */
const SIGMA = 1;

/** Slopes much gentler than this, in luma (0 to 1) per point, are taken for noise. */
const NOISE = 0.05;

/** No direction in a cell counts for more than this share of its neighbourhood's contrast (as in SIFT; Lowe, 2004). */
const CEILING = 0.3;

/** Shares much smaller than this are not lifted by the square root, so that faint grain stays faint. */
const FAINT = 0.02;

/** What every number is raised by, so that a surface without any edge still has a direction. */
const FLOOR = 0.03;

/**
 * Which way the edges of the garment in an image run, and where, whatever the colours: histograms of signed gradient
 * directions (Dalal and Triggs, 2005) as low spatial frequencies, 96 a direction.
 */
export function structure(): BuiltinModel {
  const graph = new Graph('structure');
  const pixels = graph.input('pixel_values', 'float32', ['batch_size', 3, IMAGE_SIZE, IMAGE_SIZE]);
  const edges = garmentEdges(graph, describePoints(graph, pixels));
  const even = evenContrast(graph, averageCells(graph, edges, DIRECTIONS, CELL));
  const terms = spatialTerms(graph, even, { channels: DIRECTIONS, count: TERMS, mean: false });
  graph.node('Add', [terms, scalar(graph, 'floor', FLOOR)], {}, { output: 'image_embeds' });
  graph.output('image_embeds', 'float32', ['batch_size', DIRECTIONS * TERMS]);
  return { name: 'structure', description: 'Which way edges run in an image', dimensions: DIRECTIONS * TERMS, graph };
}

/** Slopes of luma in each direction, where they rise and where the garment is: `[batch, 4, 56, 56]`. */
function garmentEdges(graph: Graph, { srgb, foreground }: Points): string {
  const weights = graph.constant('luma_weights', floatTensor([1, 3, 1, 1], LUMA));
  const luma = graph.node('Conv', [srgb, weights], {}, { output: 'luma' });
  const radius = Math.ceil(2.5 * SIGMA);
  const width = 2 * radius + 1;
  const slopes = graph.node('Conv', [
    padEdges(graph, luma, radius),
    graph.constant('derivatives', floatTensor([DIRECTIONS, 1, width, width], derivatives(radius))),
  ]);
  const near = nearForeground(graph, foreground);
  return graph.node('Mul', [graph.node('Relu', [slopes]), near], {}, { output: 'edges' });
}

/** Divides every cell by the contrast of the 5 × 5 cells around it; the square root then lifts faint edges. */
function evenContrast(graph: Graph, cells: string): string {
  const squares = graph.node('Mul', [cells, cells]);
  // A sum over the directions as a convolution: ReduceSum adds up in another order for a batch of one.
  const ones = floatTensor(
    [1, DIRECTIONS, 1, 1],
    Array.from({ length: DIRECTIONS }, () => 1),
  );
  const energy = graph.node('Conv', [squares, graph.constant('direction_ones', ones)]);
  const around = graph.node('AveragePool', [energy], { kernel_shape: [5, 5], pads: [2, 2, 2, 2] });
  const contrast = graph.node('Sqrt', [graph.node('Add', [around, scalar(graph, 'noise', NOISE ** 2)])]);
  const even = graph.node('Div', [cells, contrast]);
  const clipped = graph.node('Min', [even, scalar(graph, 'ceiling', CEILING)]);
  const root = graph.node('Sqrt', [graph.node('Add', [clipped, scalar(graph, 'faint', FAINT)])]);
  return graph.node(
    'Sub',
    [root, scalar(graph, 'faint_root', rounded(Math.sqrt(FAINT)))],
    {},
    { output: 'even_edges' },
  );
}

/** Derivatives of a Gaussian along each direction; each answers 1 to a slope of 1 per point. */
function derivatives(radius: number): number[] {
  const offsets = Array.from({ length: 2 * radius + 1 }, (_, i) => i - radius);
  const gaussian = (x: number, y: number) => Math.exp(-(x * x + y * y) / (2 * SIGMA ** 2));
  const unit = offsets.flatMap((y) => offsets.map((x) => x * x * gaussian(x, y))).reduce((a, b) => a + b);
  return Array.from({ length: DIRECTIONS }, (_, i) => (2 * Math.PI * i) / DIRECTIONS).flatMap((angle) =>
    offsets.flatMap((y) =>
      offsets.map((x) => rounded(((x * Math.cos(angle) + y * Math.sin(angle)) * gaussian(x, y)) / unit)),
    ),
  );
}
