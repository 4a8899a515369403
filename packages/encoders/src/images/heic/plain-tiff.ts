export interface PlainTiff {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue, and if there is a fourth, how opaque the pixel is. */
  readonly channels: 3 | 4;
  /** The value of EXIF. */
  readonly orientation: number;
  readonly icc: Uint8Array | undefined;
}

const SHORT = 3;
const LONG = 4;
const UNDEFINED = 7;
const ENTRY_BYTES = 12;
/** A number of bits for each of up to four channels: more than fit into an entry. */
const BITS_BYTES = 8;

/**
 * A TIFF file (revision 6.0, little-endian) of 8 bits a channel without compression, which says all that another decoder knows of an
 * image: transparency, colour profile and orientation. Its pixels are still zero.
 */
export function plainTiff({ width, height, channels, orientation, icc }: PlainTiff): {
  readonly file: Uint8Array<ArrayBuffer>;
  /** Part of the file: rows from the top, no padding. */
  readonly pixels: Uint8Array<ArrayBuffer>;
} {
  const pixelBytes = width * height * channels;
  const iccBytes = icc?.length ?? 0;
  const entryCount = 11 + (icc ? 1 : 0) + (channels === 4 ? 1 : 0);
  const bitsAt = 8 + 2 + entryCount * ENTRY_BYTES + 4;
  const iccAt = bitsAt + BITS_BYTES;
  const pixelsAt = iccAt + iccBytes + (iccBytes % 2);
  const entries: [tag: number, type: number, count: number, value: number][] = [
    [256, LONG, 1, width],
    [257, LONG, 1, height],
    [258, SHORT, channels, bitsAt],
    [259, SHORT, 1, 1], // no compression
    [262, SHORT, 1, 2], // RGB
    [273, LONG, 1, pixelsAt],
    [274, SHORT, 1, orientation],
    [277, SHORT, 1, channels],
    [278, LONG, 1, height], // all rows in one strip
    [279, LONG, 1, pixelBytes],
    [284, SHORT, 1, 1], // channels side by side
  ];
  if (channels === 4) entries.push([338, SHORT, 1, 2]); // the fourth is transparency, not multiplied in
  if (icc) entries.push([34675, UNDEFINED, iccBytes, iccAt]);

  const file = new Uint8Array(pixelsAt + pixelBytes);
  const view = new DataView(file.buffer);
  file.set([0x49, 0x49, 42, 0, 8]);
  view.setUint16(8, entryCount, true);
  for (const [i, [tag, type, count, value]] of entries.entries()) {
    const at = 10 + i * ENTRY_BYTES;
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, type, true);
    view.setUint32(at + 4, count, true);
    view.setUint32(at + 8, value, true);
  }
  for (let channel = 0; channel < channels; channel++) view.setUint16(bitsAt + channel * 2, 8, true);
  if (icc) file.set(icc, iccAt);
  return { file, pixels: file.subarray(pixelsAt) };
}
