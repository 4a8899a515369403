import { sharp, type Sharp } from './sharp-library.js';

export const WITH_SIZE = { resolveWithObject: true } as const;

/** Bytes, row by row, without padding between them. */
export interface RawPixels {
  readonly data: Buffer;
  readonly info: { readonly width: number; readonly height: number };
}

/**
 * The colours of an image in cyan, magenta, yellow and black as Pillow reads them, whatever profile it has: each of red,
 * green and blue is what its ink and the black one leave of white, `(255 - ink) · (255 - black) / 255`. To the bit as
 * Pillow's `convert("RGB")` (13.0), unless the image was scaled before.
 */
export async function pixelsOfInks(image: Sharp): Promise<RawPixels> {
  const inks = image.pipelineColourspace('cmyk').toColourspace('cmyk').raw({ depth: 'uchar' });
  const { data, info } = await inks.toBuffer(WITH_SIZE);
  const [width, height] = [info.width, info.height];
  const read = (bytes: Buffer, channels: 1 | 3 | 4): Sharp => sharp(bytes, { raw: { width, height, channels } });
  // Steps of their own, for sharp has an order for them within one.
  const black = await read(data, 4).extractChannel(3).raw().toBuffer();
  const white = await read(black, 1).negate().toColourspace('srgb').raw().toBuffer();
  const coloured = await read(data, 4).removeAlpha().raw().toBuffer();
  const light = await read(coloured, 3).negate().raw().toBuffer();
  const left = { input: white, raw: { width, height, channels: 3 as const }, blend: 'multiply' as const };
  return read(light, 3).composite([left]).removeAlpha().raw().toBuffer(WITH_SIZE);
}
