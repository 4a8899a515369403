const ORIENTATION = 0x0112;

/**
 * The orientation (1 to 8) that a HEIF file's EXIF block names; 1 when it names none that makes sense. The block is
 * an offset and then a TIFF header (ISO/IEC 23008-12, annex A.2.1).
 */
export function exifOrientation(block: Uint8Array): number {
  const view = new DataView(block.buffer, block.byteOffset, block.length);
  try {
    const header = 4 + view.getUint32(0);
    const isLittleEndian = view.getUint16(header) === 0x4949;
    const folder = header + view.getUint32(header + 4, isLittleEndian);
    for (let i = 0; i < view.getUint16(folder, isLittleEndian); i++) {
      const entry = folder + 2 + i * 12;
      if (view.getUint16(entry, isLittleEndian) !== ORIENTATION) continue;
      const orientation = view.getUint16(entry + 8, isLittleEndian);
      return orientation >= 1 && orientation <= 8 ? orientation : 1;
    }
  } catch (error) {
    // An offset that leads out of the block.
    if (!(error instanceof RangeError)) throw error;
  }
  return 1;
}
