import { parseFloat16 } from 'hyparquet/src/convert.js';

import { unreadableArchive } from './archive-document.js';
import { MAX_NPY_HEADER_BYTES, parseNpyHeader, type NpyType } from './npy-header.js';
import { openRegularFile, readBytes } from '../files/safe-open.js';

/** An array of vectors in a file, open for reading. */
export interface NpyArray extends AsyncDisposable {
  readonly rows: number;
  /** Of each vector. */
  readonly columns: number;
  /** At most `count` rows from the `start`-th (from 0) on, as single precision. */
  read(start: number, count: number): Promise<Float32Array[]>;
}

/**
 * @throws FashionMatchError `SOURCE_UNREADABLE` when there is no such array, or the file does not end with it.
 */
export async function openNpyArray(path: string): Promise<NpyArray> {
  const { file, size } = await openRegularFile(path, undefined).catch((cause: unknown) => {
    throw unreadableArchive(path, cause);
  });
  try {
    const { rows, columns, type, valueBytes, dataOffset } = parseNpyHeader(
      await readBytes(file, 0, MAX_NPY_HEADER_BYTES),
    );
    const rowBytes = columns * valueBytes;
    if (size !== dataOffset + rows * rowBytes) {
      throw new RangeError(`it has not the ${String(rows)} rows that its header names: copy it again`);
    }
    return {
      rows,
      columns,
      read: async (start, count) => {
        const bytes = await readBytes(file, dataOffset + start * rowBytes, Math.min(count, rows - start) * rowBytes);
        const whole = Math.floor(bytes.length / rowBytes);
        return Array.from({ length: whole }, (_, i) => toSingle(type, bytes.buffer, i * rowBytes, columns));
      },
      [Symbol.asyncDispose]: () => file.close(),
    };
  } catch (cause) {
    await file.close();
    throw unreadableArchive(path, cause);
  }
}

function toSingle(type: NpyType, buffer: ArrayBuffer, offset: number, count: number): Float32Array {
  switch (type) {
    case '<f2': {
      const halves = Array.from({ length: count }, (_, i) => new Uint8Array(buffer, offset + 2 * i, 2));
      // Node.js 20 has no Float16Array.
      return Float32Array.from(halves, (half) => parseFloat16(half) ?? NaN);
    }
    case '<f4':
      return new Float32Array(buffer, offset, count);
    case '<f8':
      return Float32Array.from(new Float64Array(buffer, offset, count));
  }
}
