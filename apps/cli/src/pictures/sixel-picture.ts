import sixel from 'sixel';

/** What is not drawn stays as it is. */
const NO_BACKGROUND = 1;
const BYTES_A_PIXEL = 4;

/**
 * A square of red, green, blue and alpha as sixels. It begins at the cursor.
 *
 * @param pixels edge × edge × 4 bytes, of 256 colours at most; those with an alpha of 0 are left out.
 */
export function sixelPicture(pixels: Uint8Array, edge: number): string {
  const view = new DataView(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  const colours = new Set<number>();
  for (let at = 0; at < pixels.length; at += BYTES_A_PIXEL) {
    if (view.getUint8(at + 3) > 0) colours.add(view.getUint32(at, true));
  }
  if (colours.size === 0) return '';
  return `${sixel.introducer(NO_BACKGROUND)}${sixel.sixelEncode(pixels, edge, edge, [...colours])}${sixel.FINALIZER}`;
}
