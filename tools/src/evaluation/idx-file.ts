import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';

/** Numbers from 0 to 255 in an array of any rank, the last dimension varying fastest. */
export interface IdxFile {
  readonly dimensions: readonly number[];
  readonly data: Uint8Array;
}

const GZIP = [0x1f, 0x8b];
const UNSIGNED_BYTE = 0x08;

/** The largest file of the data set holds 47 MB. */
const MAX_BYTES = 100_000_000;

/**
 * Reads a file in the format of the MNIST database (LeCun, Cortes and Burges: two zero bytes, the type of the
 * numbers, the rank, each dimension in four bytes, the numbers), gzipped or not.
 *
 * @throws Error when the file cannot be read, or is no such file of bytes.
 */
export async function readIdxFile(path: string): Promise<IdxFile> {
  const file = await readFile(path);
  const isGzipped = GZIP.every((byte, i) => file[i] === byte);
  return parseIdx(isGzipped ? gunzipSync(file, { maxOutputLength: MAX_BYTES }) : file, path);
}

/** @throws Error when these are no bytes of such a file; `name` is the file to blame. */
export function parseIdx(bytes: Uint8Array, name: string): IdxFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rank = bytes[3] ?? 0;
  const start = 4 + 4 * rank;
  if (bytes.length < start || view.getUint16(0) !== 0 || bytes[2] !== UNSIGNED_BYTE) {
    throw new Error(`${name} is no IDX file of bytes.`);
  }
  const dimensions = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const size = dimensions.reduce((product, dimension) => product * dimension, 1);
  if (bytes.length !== start + size) {
    throw new Error(`${name} should hold ${dimensions.join(' × ')} bytes, but holds ${String(bytes.length - start)}.`);
  }
  return { dimensions, data: bytes.subarray(start) };
}
