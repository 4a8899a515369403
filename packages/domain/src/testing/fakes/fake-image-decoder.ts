import { ItemError } from '../../errors.js';
import type { DecodedImage, ImageDecoder } from '../../ports/image-decoder.js';

const MAGIC = 'FAKE';
const HEADER_BYTES = 12;

/** A file that {@link FakeImageDecoder} reads: four letters, width, height, pixels. */
export function encodeFakeImage({ width, height, data }: DecodedImage): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + data.length);
  bytes.set(new TextEncoder().encode(MAGIC));
  const view = new DataView(bytes.buffer);
  view.setUint32(4, width);
  view.setUint32(8, height);
  bytes.set(data, HEADER_BYTES);
  return bytes;
}

/** Reads one trivial format, so that tests need no image library. */
export class FakeImageDecoder implements ImageDecoder {
  decode(bytes: Uint8Array): Promise<DecodedImage> {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const magic = new TextDecoder().decode(bytes.subarray(0, 4));
    if (magic === MAGIC && bytes.length > HEADER_BYTES) {
      const [width, height] = [view.getUint32(4), view.getUint32(8)];
      const data = bytes.slice(HEADER_BYTES);
      if (data.length === width * height * 3) return Promise.resolve({ width, height, data });
    }
    return Promise.reject(new ItemError('IMAGE_INVALID', 'not an image, or cut short'));
  }
}
