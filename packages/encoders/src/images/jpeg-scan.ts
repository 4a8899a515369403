/**
 * Bytes of a JPEG file from the end of its first scan header on, which is where the picture is: everything
 * before it (tables, profiles, an embedded thumbnail) says nothing about how much picture there is.
 * 0 when no scan begins. The layout is that of ITU-T T.81, annex B.
 */
export function jpegScanBytes(bytes: Uint8Array): number {
  let at = 2;
  while (at + 4 <= bytes.length) {
    const marker = bytes[at] === 0xff ? (bytes[at + 1] ?? 0) : 0;
    if (marker === 0 || marker === 0xff) {
      // Padding, or bytes that belong nowhere: decoders look for the next marker, too.
      at++;
    } else if (standsAlone(marker)) {
      at += 2;
    } else {
      at += 2 + (bytes[at + 2] ?? 0) * 256 + (bytes[at + 3] ?? 0);
      if (marker === START_OF_SCAN) return Math.max(0, bytes.length - at);
    }
  }
  return 0;
}

const START_OF_SCAN = 0xda;

/** TEM, and RST0 to EOI, have no length and no content. */
function standsAlone(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xd0 && marker <= 0xd9);
}
