import { ItemError, reasonOf } from '@fashionmatch/domain';

/** A real listing nests three levels deep in a batch, and ten where a shop's own interface wrote it. */
const MAX_DEPTH = 32;

/**
 * Objects and arrays in a file. A listing has three; a file of nothing but `{}` takes 30 times its size
 * in memory, and would end the process before anything could be caught.
 */
const MAX_CONTAINERS = 2_000_000;

/**
 * Parses JSON that may be hostile. What Python writes for no number (`NaN`, `Infinity`) is null, and whole numbers that
 * JavaScript would round are texts.
 *
 * @throws ItemError `BATCH_INVALID`
 */
export function parseJson(bytes: Uint8Array): unknown {
  const mended = mend(bytes);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(mended));
  } catch (cause) {
    throw new ItemError('BATCH_INVALID', 'the file is no valid JSON', { cause, value: reasonOf(cause) });
  }
}

const [QUOTE, BACKSLASH, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = Buffer.from('"\\{}[]');

/** Below are commas, colons and white space; words and numbers begin with one of these. */
const [MINUS, ZERO, NINE, CAPITAL_I, CAPITAL_N] = Buffer.from('-09IN');

/** Ends words and numbers. */
const STOPS = new Set(Buffer.from(',:]}[{" \t\r\n'));

/** 9007199254740993 would be read as 9007199254740992. */
const SAFE_DIGITS = 15;

const NULL = Buffer.from('null');

/** The most that a replacement is longer than what it replaces: two quotation marks. */
const GROWTH = 2;

/** Looks at what stands outside of strings, before anything is built from it; copies only what has to be mended. */
function mend(bytes: Uint8Array): Uint8Array {
  let replacements = 0;
  scan(bytes, () => replacements++);
  if (replacements === 0) return bytes;
  const mended = Buffer.allocUnsafe(bytes.length + GROWTH * replacements);
  let [read, written] = [0, 0];
  const put = (piece: Uint8Array): void => {
    mended.set(piece, written);
    written += piece.length;
  };
  scan(bytes, (start, end, isNumber) => {
    put(bytes.subarray(read, start));
    const number = bytes.subarray(start, end);
    if (isNumber) mended[written++] = QUOTE ?? 0;
    put(isNumber ? number : NULL);
    if (isNumber) mended[written++] = QUOTE ?? 0;
    read = end;
  });
  put(bytes.subarray(read));
  return mended.subarray(0, written);
}

function scan(bytes: Uint8Array, onReplaceable: (start: number, end: number, isNumber: boolean) => void): void {
  let depth = 0;
  let containers = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    if (inString) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) {
      inString = true;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      containers++;
      if (++depth > MAX_DEPTH) {
        throw new ItemError('BATCH_INVALID', `the JSON nests deeper than ${String(MAX_DEPTH)} levels`);
      }
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth--;
    } else if (byte === MINUS || byte === CAPITAL_I || byte === CAPITAL_N || isDigit(byte)) {
      const start = i;
      while (i + 1 < bytes.length && !STOPS.has(bytes[i + 1] ?? 0)) i++;
      const kind = kindOf(bytes, start, i + 1);
      if (kind !== 'plain') onReplaceable(start, i + 1, kind === 'long');
    }
  }
  if (containers > MAX_CONTAINERS) {
    throw new ItemError('BATCH_INVALID', `the JSON has more than ${String(MAX_CONTAINERS)} objects and lists`);
  }
}

function isDigit(byte: number): boolean {
  return byte >= (ZERO ?? 0) && byte <= (NINE ?? 0);
}

function kindOf(bytes: Uint8Array, start: number, end: number): 'plain' | 'long' | 'nothing' {
  const first = bytes[start] === MINUS ? start + 1 : start;
  if (!isDigit(bytes[first] ?? 0)) {
    const word = Buffer.from(bytes.subarray(first, Math.min(end, first + 9))).toString('latin1');
    return word === 'NaN' || word === 'Infinity' ? 'nothing' : 'plain';
  }
  if (end - first <= SAFE_DIGITS) return 'plain';
  for (let i = first; i < end; i++) if (!isDigit(bytes[i] ?? 0)) return 'plain';
  return Number.isSafeInteger(Number(Buffer.from(bytes.subarray(first, Math.min(end, first + 20))).toString('latin1')))
    ? 'plain'
    : 'long';
}
