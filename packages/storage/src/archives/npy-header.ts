/** Bytes of one value; little-endian, as almost every machine has them. */
const VALUE_BYTES = { '<f2': 2, '<f4': 4, '<f8': 8 } as const;

export type NpyType = keyof typeof VALUE_BYTES;

/** How an array of vectors is laid out in a `.npy` file. */
export interface NpyLayout {
  readonly rows: number;
  readonly columns: number;
  readonly type: NpyType;
  readonly valueBytes: number;
  /** Where the first value is. */
  readonly dataOffset: number;
}

/**
 * Bytes that {@link npyHeader} takes, whatever the shape: so it can be written again when the rows are counted.
 * A multiple of 64, as the format wants it.
 */
export const NPY_HEADER_BYTES = 128;

/** More than any header of an array of two dimensions takes. */
export const MAX_NPY_HEADER_BYTES = 4_096;

const MAGIC = Buffer.from('\x93NUMPY', 'latin1');
/** Magic, version (2 bytes), length of the header (2 bytes from version 1, 4 from version 2 on). */
const PREFIX_BYTES = { 1: 10, 2: 12, 3: 12 } as const;

/**
 * The header of a C-ordered array of little-endian float32, in version 1.0 of the format
 * (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
 */
export function npyHeader(rows: number, columns: number): Buffer {
  const fields = `{'descr': '<f4', 'fortran_order': False, 'shape': (${String(rows)}, ${String(columns)}), }`;
  const header = Buffer.alloc(NPY_HEADER_BYTES, ' ', 'latin1');
  MAGIC.copy(header);
  header.writeUInt8(1, 6);
  header.writeUInt8(0, 7);
  header.writeUInt16LE(NPY_HEADER_BYTES - PREFIX_BYTES[1], 8);
  header.write(fields, PREFIX_BYTES[1], 'latin1');
  header.write('\n', NPY_HEADER_BYTES - 1, 'latin1');
  return header;
}

/**
 * Reads the header of an array of half, single or double precision with two dimensions, of any version.
 *
 * @param start the first {@link MAX_NPY_HEADER_BYTES} bytes of the file, or all of a shorter one.
 * @throws RangeError when it is another array, or none.
 */
export function parseNpyHeader(start: Buffer): NpyLayout {
  if (start.length < 12 || !start.subarray(0, 6).equals(MAGIC)) throw new RangeError('it is no NumPy array');
  const version = start.readUInt8(6);
  if (version !== 1 && version !== 2 && version !== 3) {
    throw new RangeError(`it has version ${String(version)} of the .npy format, which is not known`);
  }
  const length = version === 1 ? start.readUInt16LE(8) : start.readUInt32LE(8);
  const dataOffset = PREFIX_BYTES[version] + length;
  if (dataOffset > start.length) throw new RangeError('its header is cut short, or longer than a header can be');
  const header = start.toString('latin1', PREFIX_BYTES[version], dataOffset);
  const descr = /'descr': *'([^']*)'/.exec(header)?.[1] ?? 'unknown';
  const order = /'fortran_order': *(True|False)/.exec(header)?.[1];
  const shape = /'shape': *\((\d{1,15}), *(\d{1,15}),? *\)/.exec(header);
  if (shape === null) throw new RangeError('it is no array of two dimensions');
  const type = isNpyType(descr) ? descr : undefined;
  if (type === undefined || order !== 'False') {
    const ordered = order === 'True' ? ' in Fortran order' : '';
    throw new RangeError(`it holds ${descr}${ordered}: write np.ascontiguousarray(array, dtype='<f4') instead`);
  }
  return { rows: Number(shape[1]), columns: Number(shape[2]), type, valueBytes: VALUE_BYTES[type], dataOffset };
}

const isNpyType = (descr: string): descr is NpyType => Object.hasOwn(VALUE_BYTES, descr);
