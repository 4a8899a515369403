/** Of one thing that was measured: seconds or bytes, by the number of items. */
export type Curve = ReadonlyMap<number, number>;

/**
 * The exponent e of the power of n that a curve follows between two sizes: value ∝ nᵉ. 1 is linear, 0 does not grow.
 *
 * @throws RangeError when the curve lacks one of them.
 */
export function exponentBetween(curve: Curve, from: number, to: number): number {
  const [before, after] = [curve.get(from), curve.get(to)];
  if (before === undefined || after === undefined) throw new RangeError('The curve lacks one of the sizes');
  return Math.log(after / before) / Math.log(to / from);
}

/** The exponent that n·log n has between two sizes: 1.097 from 10,000 to 100,000. */
export function linearithmicExponent(from: number, to: number): number {
  return exponentBetween(new Map([from, to].map((n) => [n, n * Math.log(n)])), from, to);
}
