import { cosine, UNIT_LENGTH_TOLERANCE, type DualEmbedding, type PerSpace } from '../embedding.js';
import { principalAxes } from './principal-axes.js';

/** Two rows whose scores both reach what copies of one picture have. */
export interface NearCopy {
  /** By the order in which they were added; `first` is less than `second`. */
  readonly first: number;
  readonly second: number;
  readonly clipScore: number;
  readonly dinoScore: number;
}

/** Numbers of a row that most pairs are told apart by. */
const HEAD = 16;
const SAMPLED = 256;
/** Of a squared distance: rows are not quite of length 1, and float32 rounds projections by less. */
const TOLERANCE = 5 * UNIT_LENGTH_TOLERANCE;
/** How long one turn may take. */
const TURN_MS = 5;

/**
 * Every pair of rows whose cosines both reach a threshold: exactly those that comparing all pairs would give, in a small
 * part of the time. Rows are projected onto the few axes along which DINOv2's vectors differ most, which brings no two of
 * them further apart: pairs that are too far apart there need not be looked at, and along the first axis they are not even
 * met. Memory grows with the rows alone: their vectors, and 64 bytes.
 */
export class NearCopies {
  readonly #least: PerSpace<number>;
  readonly #rows: DualEmbedding[] = [];

  /** @param least the cosines that copies have at least, above 0. */
  constructor(least: PerSpace<number>) {
    this.#least = least;
  }

  add(embedding: DualEmbedding): void {
    this.#rows.push(embedding);
  }

  /** @param yieldTurn called now and then, to let other work have its turn; with how many rows are done. */
  async *pairs(yieldTurn: (rows: number) => Promise<void> = () => Promise.resolve()): AsyncGenerator<NearCopy> {
    const { order, heads } = await this.#projected(() => yieldTurn(0));
    // Of two unit vectors, |a - b|² is 2 - 2·cos.
    const farthest = Math.sqrt(2 - 2 * this.#least.dino + TOLERANCE);
    let turnEnds = performance.now() + TURN_MS;
    for (let i = 0; i < order.length; i++) {
      for (const j of nearby(heads, i, farthest)) {
        const pair = this.#compare(order[i] ?? 0, order[j] ?? 0);
        if (pair) yield pair;
      }
      if (performance.now() < turnEnds) continue;
      await yieldTurn(i + 1);
      turnEnds = performance.now() + TURN_MS;
    }
  }

  /** The rows in the order of their first projection, and all projections in that order. */
  async #projected(yieldTurn: () => Promise<void>): Promise<{ order: Uint32Array; heads: Float32Array }> {
    const step = Math.max(1, Math.floor(this.#rows.length / SAMPLED));
    const axes = await principalAxes(
      this.#rows.flatMap(({ dino }, i) => (i % step === 0 ? [dino] : [])),
      HEAD,
      yieldTurn,
    );
    const heads = new Float32Array(this.#rows.length * HEAD);
    for (const [i, { dino }] of this.#rows.entries()) {
      for (const [a, axis] of axes.entries()) heads[i * HEAD + a] = cosine(dino, axis);
      if (i % SAMPLED === 0) await yieldTurn();
    }
    const first = (row: number): number => heads[row * HEAD] ?? 0;
    const order = Uint32Array.from(this.#rows.keys()).sort((a, b) => first(a) - first(b));
    const sorted = new Float32Array(heads.length);
    for (const [place, row] of order.entries()) sorted.set(heads.subarray(row * HEAD, (row + 1) * HEAD), place * HEAD);
    return { order, heads: sorted };
  }

  #compare(a: number, b: number): NearCopy | undefined {
    const [first, second] = [Math.min(a, b), Math.max(a, b)];
    const [one, other] = [this.#rows[first], this.#rows[second]];
    if (!one || !other) return undefined;
    const dinoScore = cosine(one.dino, other.dino);
    if (dinoScore < this.#least.dino) return undefined;
    const clipScore = cosine(one.clip, other.clip);
    return clipScore < this.#least.clip ? undefined : { first, second, clipScore, dinoScore };
  }
}

/** The places behind one whose projections are no farther from its own. Written for speed: it meets most pairs. */
function nearby(heads: Float32Array, place: number, farthest: number): number[] {
  const found: number[] = [];
  const start = place * HEAD;
  const [a = 0, b = 0, c = 0, d = 0] = heads.subarray(start, start + 4);
  const last = a + farthest;
  const square = farthest * farthest;
  for (let other = start + HEAD; other < heads.length; other += HEAD) {
    const first = heads[other] ?? 0;
    if (first > last) break;
    const e = a - first;
    const f = b - (heads[other + 1] ?? 0);
    const g = c - (heads[other + 2] ?? 0);
    const h = d - (heads[other + 3] ?? 0);
    let distance = e * e + f * f + g * g + h * h;
    for (let i = 4; i < HEAD && distance <= square; i++) {
      const difference = (heads[start + i] ?? 0) - (heads[other + i] ?? 0);
      distance += difference * difference;
    }
    if (distance <= square) found.push(other / HEAD);
  }
  return found;
}
