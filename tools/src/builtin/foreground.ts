import type { Graph } from '../onnx/graph.js';
import { floatTensor, int64Tensor } from '../onnx/tensor.js';
import { IMAGE_SIZE } from './builtin-model.js';
import { CELL_PLACES, GRID, rounded } from './grid.js';
import { oklab } from './oklab.js';
import { scalar } from './scalar.js';

/** The image is averaged to 56 × 56 points; a cell of the grid is 4 × 4 of them. */
const POINT = 4;
export const CELL = IMAGE_SIZE / POINT / GRID;

/** What chroma counts against lightness, and how far, in OKLab, a colour reaches. */
const CHROMA_GAIN = 2;
const REACH = 0.1;

/** How far from the middle, in half widths of the image, garments are expected: deviation of a Gaussian. */
const MIDDLE = 0.4;

/** The outline of a garment is an edge of it: edges count up to this far from it, in points. */
const MARGIN = 2;

/** A colour that fills less than about 3 % (the root) of middle and rim says little about where it belongs. */
const RARE = 0.001;

/** Colours as points of OKLab: 8 greys, and 8 hues, each dark and light. */
export const COLOURS: readonly (readonly number[])[] = [
  ...Array.from({ length: 8 }, (_, i) => [i / 7, 0, 0]),
  ...[0.45, 0.72].flatMap((lightness) =>
    Array.from({ length: 8 }, (_, i) => {
      const hue = (i * Math.PI) / 4;
      return [lightness, 0.13 * Math.cos(hue), 0.13 * Math.sin(hue)];
    }),
  ),
];

/** What is at each of the 56 × 56 points of an image. */
export interface Points {
  /** sRGB, 0 to 1: `[batch, 3, 56, 56]`. */
  readonly srgb: string;
  /** OKLab: `[batch, 3, 56, 56]`. */
  readonly lab: string;
  /** How much of each of the 24 colours, adding up to 1: `[batch, 24, 56, 56]`. */
  readonly shares: string;
  /** How likely the garment, 0 to 1: `[batch, 1, 56, 56]`. */
  readonly foreground: string;
}

/** Looks at `pixels`, sRGB of 0 to 1 in `[batch, 3, 224, 224]`, point by point. */
export function describePoints(graph: Graph, pixels: string): Points {
  const srgb = graph.node('AveragePool', [pixels], { kernel_shape: [POINT, POINT], strides: [POINT, POINT] });
  const lab = oklab(graph, srgb);
  const shares = colourShares(graph, lab);
  return { srgb, lab, shares, foreground: foreground(graph, shares) };
}

/** How likely the garment, or its outline, is at each point or near it: `[batch, 1, 56, 56]`. */
export function nearForeground(graph: Graph, foreground: string): string {
  return graph.node('MaxPool', [foreground], {
    kernel_shape: [2 * MARGIN + 1, 2 * MARGIN + 1],
    pads: [MARGIN, MARGIN, MARGIN, MARGIN],
  });
}

/** Every point shares itself out among the colours, the nearest most (a softmax over squared distances). */
function colourShares(graph: Graph, lab: string): string {
  const gains = [1, CHROMA_GAIN, CHROMA_GAIN].map((gain) => (gain / REACH) ** 2);
  // -|x - p|² = 2x·p - |p|² - |x|², whose last term is the same for every colour and drops out of a softmax.
  const weights = COLOURS.flatMap((colour) => colour.map((value, i) => rounded(2 * value * (gains[i] ?? 0))));
  const biases = COLOURS.map((colour) =>
    rounded(-colour.reduce((sum, value, i) => sum + value ** 2 * (gains[i] ?? 0), 0)),
  );
  const closeness = graph.node('Conv', [
    lab,
    graph.constant('colour_weights', floatTensor([COLOURS.length, 3, 1, 1], weights)),
    graph.constant('colour_biases', floatTensor([COLOURS.length], biases)),
  ]);
  return graph.node('Softmax', [closeness], { axis: 1 }, { output: 'shares' });
}

/**
 * Garments are in the middle of their photographs and backgrounds at the rim. A colour that fills the share m of the
 * middle and r of the rim belongs to the garment by m² / (m² + r²); a point does by what its colours do, squared, so
 * that an undecided one counts little. Without this, backgrounds find each other: on the drawn wardrobe, half as many
 * searches find the same garment.
 */
function foreground(graph: Graph, shares: string): string {
  const cells = graph.node('AveragePool', [shares], { kernel_shape: [CELL, CELL], strides: [CELL, CELL] });
  const rows = graph.node('Reshape', [
    cells,
    graph.constant('colour_rows', int64Tensor([0, COLOURS.length, GRID * GRID])),
  ]);
  const amounts = graph.node('MatMul', [rows, graph.constant('middle_and_rim', middleAndRim())]);
  const [middle, rim] = graph.nodeWithOutputs(
    'Split',
    [graph.node('Mul', [amounts, amounts]), graph.constant('one_each', int64Tensor([1, 1]))],
    ['middle', 'rim'],
    { axis: 2 },
  );
  const both = graph.node('Add', [graph.node('Add', [middle, rim]), scalar(graph, 'rare_twice', 2 * RARE)]);
  const belonging = graph.node('Div', [graph.node('Add', [middle, scalar(graph, 'rare', RARE)]), both]);
  const perColour = graph.node('Reshape', [
    belonging,
    graph.constant('one_a_colour', int64Tensor([0, COLOURS.length, 1, 1])),
  ]);
  // A sum over the colours as a convolution: ReduceSum adds up in another order for a batch of one.
  const ones = floatTensor(
    [1, COLOURS.length, 1, 1],
    COLOURS.map(() => 1),
  );
  const likely = graph.node('Conv', [graph.node('Mul', [shares, perColour]), graph.constant('colour_ones', ones)]);
  return graph.node('Mul', [likely, likely], {}, { output: 'foreground' });
}

/** Weights of the cells for two averages, `[196, 2]`: about the middle, and along the rim. */
function middleAndRim() {
  const fromMiddle = (position: number) => (2 * position + 1 - GRID) / GRID;
  const middle = CELL_PLACES.map(({ x, y }) =>
    Math.exp(-(fromMiddle(x) ** 2 + fromMiddle(y) ** 2) / (2 * MIDDLE ** 2)),
  );
  const rim = CELL_PLACES.map(({ x, y }) => ([x, y].some((place) => place === 0 || place === GRID - 1) ? 1 : 0));
  const total = (weights: readonly number[]) => weights.reduce((sum, weight) => sum + weight, 0);
  const [ofMiddle, ofRim] = [total(middle), total(rim)];
  const values = middle.flatMap((weight, cell) => [rounded(weight / ofMiddle), rounded((rim[cell] ?? 0) / ofRim)]);
  return floatTensor([GRID * GRID, 2], values);
}
