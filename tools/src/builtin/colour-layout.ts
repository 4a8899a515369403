import { Graph } from '../onnx/graph.js';
import { floatTensor, int64Tensor } from '../onnx/tensor.js';
import { IMAGE_SIZE, type BuiltinModel } from './builtin-model.js';
import { averageCells, GRID, rounded, spatialTerms } from './grid.js';

/** The image is averaged to 56 × 56 points; a cell of the grid is 4 × 4 of them. */
const POINT = 4;
const CELL = IMAGE_SIZE / POINT / GRID;

/** Matrices of OKLab (Björn Ottosson, "A perceptual color space for image processing", 2020). */
const LINEAR_SRGB_TO_LMS = [
  [0.4122214708, 0.5363325363, 0.0514459929],
  [0.2119034982, 0.6806995451, 0.1073969566],
  [0.0883024619, 0.2817188376, 0.6299787005],
];
const ROOT_LMS_TO_OKLAB = [
  [0.2104542553, 0.793617785, -0.0040720468],
  [1.9779984951, -2.428592205, 0.4505937099],
  [0.0259040371, 0.7827717662, -0.808675766],
];

/** What lightness and tint count against the histogram. */
const LIGHTNESS_GAIN = 2;
const TINT_GAIN = 6;

/** In the histogram: what chroma counts against lightness, and how far, in OKLab, a colour reaches. */
const CHROMA_GAIN = 2;
const REACH = 0.1;

/**
 * Which colours an image has, and where. 128 numbers say how lightness and the two tints of OKLab
 * are laid out; 384 are a soft histogram over 24 colours, cell by cell. The histogram's sums are
 * never all 0, so even a plain surface has a direction.
 */
export function colourLayout(): BuiltinModel {
  const graph = new Graph('colour-layout');
  const pixels = graph.input('pixel_values', 'float32', ['batch_size', 3, IMAGE_SIZE, IMAGE_SIZE]);
  const points = graph.node('AveragePool', [pixels], { kernel_shape: [POINT, POINT], strides: [POINT, POINT] });
  const lab = oklab(graph, points);
  graph.node('Concat', [...layout(graph, lab), histogram(graph, lab)], { axis: 1 }, { output: 'image_embeds' });
  graph.output('image_embeds', 'float32', ['batch_size', 512]);
  return { name: 'colour-layout', description: 'Which colours are where in an image', dimensions: 512, graph };
}

/** sRGB in [0, 1] to OKLab, point by point. */
function oklab(graph: Graph, colours: string): string {
  const scalar = (name: string, value: number) => graph.constant(name, floatTensor([], [value]));
  const matrix = (name: string, rows: readonly (readonly number[])[]) =>
    graph.constant(name, floatTensor([3, 3, 1, 1], rows.flat()));

  // The sRGB transfer function (IEC 61966-2-1): a short straight line, then a power.
  const inRange = graph.node('Clip', [colours, scalar('black', 0), scalar('white', 1)]);
  const line = graph.node('Mul', [inRange, scalar('line_slope', 1 / 12.92)]);
  const shifted = graph.node('Add', [inRange, scalar('curve_offset', 0.055)]);
  const base = graph.node('Mul', [shifted, scalar('curve_scale', 1 / 1.055)]);
  const curve = graph.node('Pow', [base, scalar('curve_gamma', 2.4)]);
  const dark = graph.node('Less', [inRange, scalar('line_end', 0.04045)]);
  const linear = graph.node('Where', [dark, line, curve]);

  const lms = graph.node('Conv', [linear, matrix('to_lms', LINEAR_SRGB_TO_LMS)]);
  const root = graph.node('Pow', [lms, scalar('one_third', 1 / 3)]);
  return graph.node('Conv', [root, matrix('to_oklab', ROOT_LMS_TO_OKLAB)], {}, { output: 'lab' });
}

/** 64 terms of lightness, without its mean, so that exposure counts little; 32 of each tint. */
function layout(graph: Graph, lab: string): readonly string[] {
  const cells = averageCells(graph, lab, 3, CELL);
  const [lightness, tints] = graph.nodeWithOutputs(
    'Split',
    [cells, graph.constant('lightness_and_tints', int64Tensor([1, 2]))],
    ['lightness', 'tints'],
    { axis: 1 },
  );
  return [
    spatialTerms(graph, lightness, { channels: 1, count: 64, mean: false, gain: LIGHTNESS_GAIN }),
    spatialTerms(graph, tints, { channels: 2, count: 32, mean: true, gain: TINT_GAIN }),
  ];
}

/**
 * Every point shares itself out among 24 colours, the nearest most (a softmax over squared distances);
 * the cells' mean shares, square-rooted so that a dot product compares them as Hellinger's distance
 * does, are kept as 16 terms a colour.
 */
function histogram(graph: Graph, lab: string): string {
  const colours = prototypes();
  const gains = [1, CHROMA_GAIN, CHROMA_GAIN].map((gain) => (gain / REACH) ** 2);
  // -|x - p|² = 2x·p - |p|² - |x|², whose last term is the same for every colour and drops out of a softmax.
  const weights = colours.flatMap((colour) => colour.map((value, i) => rounded(2 * value * (gains[i] ?? 0))));
  const biases = colours.map((colour) =>
    rounded(-colour.reduce((sum, value, i) => sum + value ** 2 * (gains[i] ?? 0), 0)),
  );
  const closeness = graph.node('Conv', [
    lab,
    graph.constant('colour_weights', floatTensor([colours.length, 3, 1, 1], weights)),
    graph.constant('colour_biases', floatTensor([colours.length], biases)),
  ]);
  const shares = graph.node('Softmax', [closeness], { axis: 1 }, { output: 'shares' });
  const roots = graph.node('Sqrt', [averageCells(graph, shares, colours.length, CELL)], {}, { output: 'roots' });
  return spatialTerms(graph, roots, { channels: colours.length, count: 16, mean: true });
}

/** Points of OKLab that stand for the colours: 8 greys, and 8 hues, each dark and light. */
function prototypes(): number[][] {
  const chroma = 0.13;
  const greys = Array.from({ length: 8 }, (_, i) => [i / 7, 0, 0]);
  const hues = Array.from({ length: 8 }, (_, i) => (i * Math.PI) / 4);
  const tinted = [0.45, 0.72].flatMap((lightness) =>
    hues.map((hue) => [lightness, chroma * Math.cos(hue), chroma * Math.sin(hue)]),
  );
  return [...greys, ...tinted];
}
