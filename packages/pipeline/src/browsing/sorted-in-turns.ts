import { setImmediate } from 'node:timers/promises';

/** How long one turn may take, in milliseconds. */
const TURN_MS = 4;

/** Values that are compared before it is looked at the clock. */
const LOOK_EVERY = 64;

/** As `toSorted`, and stable like it, with turns for other work in between: a merge sort from the bottom up. */
export async function sortedInTurns<T>(values: readonly T[], compare: (a: T, b: T) => number): Promise<T[]> {
  let [from, to]: [readonly T[], T[]] = [values, []];
  let turnEnds = performance.now() + TURN_MS;
  for (let width = 1; width < values.length; width *= 2) {
    to = [];
    for (let start = 0; start < values.length; start += 2 * width) {
      for (const value of merged(from, { start, width }, compare)) {
        if (to.push(value) % LOOK_EVERY !== 0 || performance.now() < turnEnds) continue;
        await setImmediate();
        turnEnds = performance.now() + TURN_MS;
      }
    }
    from = to;
  }
  return [...from];
}

/** Two neighbouring runs, each in order, as one. */
function* merged<T>(
  values: readonly T[],
  { start, width }: { readonly start: number; readonly width: number },
  compare: (a: T, b: T) => number,
): Generator<T> {
  const middle = Math.min(start + width, values.length);
  const end = Math.min(middle + width, values.length);
  let [left, right] = [start, middle];
  while (left < middle || right < end) {
    const [a, b] = [values[left], values[right]];
    const takesLeft = right >= end || (left < middle && a !== undefined && b !== undefined && compare(a, b) <= 0);
    const next = takesLeft ? a : b;
    if (takesLeft) left++;
    else right++;
    if (next !== undefined) yield next;
  }
}
