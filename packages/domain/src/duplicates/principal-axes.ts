import { dot, normalise } from '../embedding.js';
import { seededRandom } from '../seeded-random.js';

/** Turns of the power iteration: the axes need not be the very best. */
const TURNS = 8;

/**
 * Orthogonal unit vectors along which rows differ most, the first most of all, by power iteration on a sample of them.
 * Fewer where rows do not differ in so many ways.
 *
 * @param yieldTurn called after each axis, to let other work have its turn.
 */
export async function principalAxes(
  sample: readonly Float32Array[],
  count: number,
  yieldTurn: () => Promise<void>,
): Promise<Float32Array[]> {
  const dimensions = sample[0]?.length ?? 0;
  const random = seededRandom(1);
  const mean = new Float32Array(dimensions);
  for (const row of sample)
    for (let i = 0; i < dimensions; i++) mean[i] = (mean[i] ?? 0) + (row[i] ?? 0) / sample.length;
  const centred = sample.map((row) => row.map((value, i) => value - (mean[i] ?? 0)));
  const axes: Float32Array[] = [];
  while (axes.length < Math.min(count, dimensions)) {
    let axis = orthogonal(
      Float32Array.from({ length: dimensions }, () => random() - 0.5),
      axes,
    );
    for (let turn = 0; axis && turn < TURNS; turn++) axis = orthogonal(covarianceTimes(centred, axis), axes);
    if (!axis) break;
    axes.push(axis);
    await yieldTurn();
  }
  return axes;
}

function covarianceTimes(rows: readonly Float32Array[], axis: Float32Array): Float32Array {
  const product = new Float32Array(axis.length);
  for (const row of rows) {
    const along = dot(row, axis);
    for (let i = 0; i < product.length; i++) product[i] = (product[i] ?? 0) + along * (row[i] ?? 0);
  }
  return product;
}

/** What of a vector is along none of the axes, with length 1; undefined where nothing is left. */
function orthogonal(vector: Float32Array, axes: readonly Float32Array[]): Float32Array | undefined {
  // Twice, since rounding leaves something behind.
  for (const axis of [...axes, ...axes]) {
    const along = dot(vector, axis);
    for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] ?? 0) - along * (axis[i] ?? 0);
  }
  return dot(vector, vector) > 1e-12 ? normalise(vector) : undefined;
}
