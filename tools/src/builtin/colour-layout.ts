import { Graph } from '../onnx/graph.js';
import { int64Tensor } from '../onnx/tensor.js';
import { IMAGE_SIZE, type BuiltinModel } from './builtin-model.js';
import { CELL, COLOURS, describePoints, type Points } from './foreground.js';
import { averageCells, spatialTerms } from './grid.js';

/** What each part counts against the histogram. With less weight on the tints, less of the drawn wardrobe is found. */
const SILHOUETTE_GAIN = 5;
const LIGHTNESS_GAIN = 2.5;
const TINT_GAIN = 90;

/**
 * Which colours the garment in an image has, and where. 96 numbers say where the garment is, 128 how lightness (96)
 * and the two tints of OKLab (16 each) are laid out on it, and 288 are a soft histogram over 24 colours, cell by cell.
 * The histogram's sums are never all 0, so even a plain surface has a direction.
 */
export function colourLayout(): BuiltinModel {
  const graph = new Graph('colour-layout');
  const pixels = graph.input('pixel_values', 'float32', ['batch_size', 3, IMAGE_SIZE, IMAGE_SIZE]);
  const points = describePoints(graph, pixels);
  const terms = [silhouette(graph, points), ...layout(graph, points), histogram(graph, points)];
  graph.node('Concat', terms, { axis: 1 }, { output: 'image_embeds' });
  graph.output('image_embeds', 'float32', ['batch_size', 512]);
  return { name: 'colour-layout', description: 'Which colours are where in an image', dimensions: 512, graph };
}

/** 96 terms of where the garment is, without how much of the image it fills. */
function silhouette(graph: Graph, { foreground }: Points): string {
  const cells = averageCells(graph, foreground, 1, CELL);
  return spatialTerms(graph, cells, { channels: 1, count: 96, mean: false, gain: SILHOUETTE_GAIN });
}

/** 96 terms of lightness, without its mean, so that exposure counts little; 16 of each tint. */
function layout(graph: Graph, { lab, foreground }: Points): readonly string[] {
  const garment = graph.node('Mul', [lab, foreground], {}, { output: 'garment_lab' });
  const [lightness, tints] = graph.nodeWithOutputs(
    'Split',
    [averageCells(graph, garment, 3, CELL), graph.constant('lightness_and_tints', int64Tensor([1, 2]))],
    ['lightness', 'tints'],
    { axis: 1 },
  );
  return [
    spatialTerms(graph, lightness, { channels: 1, count: 96, mean: false, gain: LIGHTNESS_GAIN }),
    spatialTerms(graph, tints, { channels: 2, count: 16, mean: true, gain: TINT_GAIN }),
  ];
}

/**
 * The cells' mean shares of the colours, square-rooted so that a dot product compares them as Hellinger's distance
 * does, as 12 terms a colour.
 */
function histogram(graph: Graph, { shares, foreground }: Points): string {
  const garment = graph.node('Mul', [shares, foreground], {}, { output: 'garment_shares' });
  const cells = averageCells(graph, garment, COLOURS.length, CELL);
  const roots = graph.node('Sqrt', [cells], {}, { output: 'roots' });
  return spatialTerms(graph, roots, { channels: COLOURS.length, count: 12, mean: true });
}
