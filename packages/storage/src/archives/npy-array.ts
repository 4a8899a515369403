import { unreadableArchive } from './archive-document.js';
import { MAX_NPY_HEADER_BYTES, parseNpyHeader } from './npy-header.js';
import { openRegularFile, readBytes } from '../files/safe-open.js';

/** An array of float32 vectors in a file, open for reading. */
export interface NpyArray extends AsyncDisposable {
  readonly rows: number;
  /** At most `count` rows from the `start`-th (from 0) on. */
  read(start: number, count: number): Promise<Float32Array[]>;
}

/**
 * @param columns which the array must have.
 * @throws FashionMatchError `SOURCE_UNREADABLE` when there is no such array, or the file does not end with it.
 */
export async function openNpyArray(path: string, columns: number): Promise<NpyArray> {
  const { file, size } = await openRegularFile(path, undefined).catch((cause: unknown) => {
    throw unreadableArchive(path, cause);
  });
  const rowBytes = columns * Float32Array.BYTES_PER_ELEMENT;
  try {
    const layout = parseNpyHeader(await readBytes(file, 0, MAX_NPY_HEADER_BYTES));
    const { rows, dataOffset } = layout;
    if (layout.columns !== columns) {
      throw new RangeError(
        `its vectors have ${String(layout.columns)} dimensions, not the ${String(columns)} of its encoder`,
      );
    }
    if (size !== dataOffset + rows * rowBytes) {
      throw new RangeError(`it has not the ${String(rows)} rows that its header names: copy it again`);
    }
    return {
      rows,
      read: async (start, count) => {
        const bytes = await readBytes(file, dataOffset + start * rowBytes, Math.min(count, rows - start) * rowBytes);
        const whole = Math.floor(bytes.length / rowBytes);
        return Array.from({ length: whole }, (_, i) => new Float32Array(bytes.buffer, i * rowBytes, columns));
      },
      [Symbol.asyncDispose]: () => file.close(),
    };
  } catch (cause) {
    await file.close();
    throw unreadableArchive(path, cause);
  }
}
