import { Graph } from '../onnx/graph.js';
import { int64Tensor } from '../onnx/tensor.js';
import { IMAGE_SIZE, type BuiltinModel } from './builtin-model.js';
import { colourSteps } from './colour-steps.js';
import { CELL, COLOURS, describePoints, type Points } from './foreground.js';
import { averageCells, spatialTerms } from './grid.js';

/**
 * What the silhouette and the tints count against the histogram. Less weight on the tints finds less of the drawn
 * wardrobe; a quarter more or less of either changes little.
 */
const SILHOUETTE_GAIN = 4;
const TINT_GAIN = 100;

/**
 * Which colours the garment in an image has, and where. 96 numbers say where the garment is, 96 where its colours
 * change, 32 how the two tints of OKLab (16 each) are laid out on it, and 288 are a soft histogram over 24 colours, cell
 * by cell. The histogram's sums are never all 0, so even a plain surface has a direction.
 */
export function colourLayout(): BuiltinModel {
  const graph = new Graph('colour-layout');
  const pixels = graph.input('pixel_values', 'float32', ['batch_size', 3, IMAGE_SIZE, IMAGE_SIZE]);
  const points = describePoints(graph, pixels);
  const terms = [silhouette, colourSteps, tints, histogram].map((part) => part(graph, points));
  graph.node('Concat', terms, { axis: 1 }, { output: 'image_embeds' });
  graph.output('image_embeds', 'float32', ['batch_size', 512]);
  return { name: 'colour-layout', description: 'Which colours are where in an image', dimensions: 512, graph };
}

/** 96 terms of where the garment is, without how much of the image it fills. */
function silhouette(graph: Graph, { foreground }: Points): string {
  const cells = averageCells(graph, foreground, 1, CELL);
  return spatialTerms(graph, cells, { channels: 1, count: 96, mean: false, gain: SILHOUETTE_GAIN });
}

/** 16 terms of each of OKLab's a and b. */
function tints(graph: Graph, { lab, foreground }: Points): string {
  const [, chroma] = graph.nodeWithOutputs(
    'Split',
    [lab, graph.constant('lightness_and_tints', int64Tensor([1, 2]))],
    ['lightness', 'tints'],
    { axis: 1 },
  );
  const garment = graph.node('Mul', [chroma, foreground], {}, { output: 'garment_tints' });
  const cells = averageCells(graph, garment, 2, CELL);
  return spatialTerms(graph, cells, { channels: 2, count: 16, mean: true, gain: TINT_GAIN });
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
