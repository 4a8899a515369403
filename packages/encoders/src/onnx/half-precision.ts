/** Bits of the exponent's lowest place: below them is the fraction. */
const FRACTION = 1024;

/** The float16 nearest to a number, as its 16 bits; of two that are as near, the even one. */
export function toHalf(value: number): number {
  const sign = value < 0 ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  // Numbers below 2^-14 have no exponent of their own.
  const exponent = Math.max(-14, Math.floor(Math.log2(magnitude)));
  const steps = magnitude / 2 ** (exponent - 10);
  const below = Math.floor(steps);
  const fraction = steps - below === 0.5 ? below + (below & 1) : Math.round(steps);
  // A fraction that is rounded up to a whole goes over into the exponent, and at the end into infinity.
  return sign + Math.min((exponent + 14) * FRACTION + fraction, 0x7c00);
}

/** Numbers that are kept as the 16 bits of a float16. */
export function fromHalves(halves: Uint16Array): Float32Array {
  const numbers = new Float32Array(halves.length);
  for (const [i, bits] of halves.entries()) numbers[i] = fromHalf(bits);
  return numbers;
}

function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits % FRACTION;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (FRACTION + fraction) * 2 ** (exponent - 25);
}
