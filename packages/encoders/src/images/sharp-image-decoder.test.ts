import { ItemError, type DecodedImage } from '@fashionmatch/domain';
import { imageDecoderContract } from '@fashionmatch/domain/testing';
import { describe, expect, test } from '@jest/globals';
import type { Color, Sharp } from 'sharp';
import { createSharpImageDecoder } from './sharp-image-decoder.js';
import { sharp } from './sharp-library.js';

const raw = ({ width, height, data }: DecodedImage) => sharp(data, { raw: { width, height, channels: 3 } });

const encodeLossless = async (image: DecodedImage) => new Uint8Array(await raw(image).png().toBuffer());

imageDecoderContract(test, () => Promise.resolve({ decoder: createSharpImageDecoder(), encodeLossless }));

const decoder = createSharpImageDecoder();

const RED = { r: 200, g: 10, b: 20 };

/** A plain image of 6×4 pixels. */
const plain = (background: Color, channels: 3 | 4 = 3) =>
  sharp({ create: { width: 6, height: 4, channels, background } });

/** As some programs write AVIF: the first bytes don't say how the image is coded. */
function rebranded(avif: Buffer): Buffer {
  return Buffer.from(avif.toString('latin1').replace('ftypavif', 'ftypmif1').replace('mif1avif', 'mif1mif1'), 'latin1');
}

async function faultOf(decoding: Promise<DecodedImage>): Promise<{ code: string; message: string }> {
  const error: unknown = await decoding.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ItemError)) throw new Error(`Expected an ItemError, got ${String(error)}`);
  return { code: error.code, message: error.message };
}

describe('every format', () => {
  const formats: [string, () => Promise<Buffer>][] = [
    ['JPEG', () => plain(RED).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer()],
    ['PNG', () => plain(RED).png().toBuffer()],
    ['PNG with a palette', () => plain(RED).png({ palette: true }).toBuffer()],
    ['WebP', () => plain(RED).webp({ lossless: true }).toBuffer()],
    ['AVIF', () => plain(RED).avif({ lossless: true }).toBuffer()],
    ['AVIF of a general brand', async () => rebranded(await plain(RED).avif({ lossless: true }).toBuffer())],
    ['TIFF', () => plain(RED).tiff().toBuffer()],
    ['GIF', () => plain(RED).gif().toBuffer()],
    ['PNG of 16 bits', () => plain(RED).toColourspace('rgb16').png().toBuffer()],
  ];
  test.each(formats)('%s', async (_, encode) => {
    const { width, height, data } = await decoder.decode(await encode());
    expect([width, height, data.length]).toEqual([6, 4, 72]);
    for (const [i, level] of [200, 10, 20].entries()) expect(Math.abs((data[i] ?? 0) - level)).toBeLessThanOrEqual(3);
  });

  test('grey becomes three equal channels', async () => {
    const { data } = await decoder.decode(await plain('#777').toColourspace('b-w').png().toBuffer());
    expect([...data.subarray(0, 3)]).toEqual([0x77, 0x77, 0x77]);
  });

  test('CMYK becomes sRGB', async () => {
    const { data } = await decoder.decode(await plain('#fff').toColourspace('cmyk').jpeg().toBuffer());
    expect(data.length).toBe(72);
    expect(Math.min(...data)).toBeGreaterThan(240);
  });

  test('an embedded colour profile is followed', async () => {
    const bytes = await plain({ r: 0, g: 255, b: 0 }).withIccProfile('p3').png().toBuffer();
    const { data } = await decoder.decode(bytes);
    const [red = 255, green = 0] = data;
    expect(red).toBeLessThan(5);
    expect(green).toBeGreaterThan(250);
  });

  test('of an animation, the first frame is taken', async () => {
    const frames = Buffer.concat([Buffer.alloc(6 * 4 * 3, 250), Buffer.alloc(6 * 4 * 3, 0)]);
    const bytes = await sharp(frames, { raw: { width: 6, height: 8, channels: 3, pageHeight: 4 } })
      .gif({ delay: [10, 10], loop: 0 })
      .toBuffer();
    const { height, data } = await decoder.decode(bytes);
    expect(height).toBe(4);
    expect(Math.min(...data)).toBeGreaterThan(240);
  });
});

test('what is transparent is white, at 8 and at 16 bits', async () => {
  for (const image of [plain('#00000000', 4), plain('#00000000', 4).toColourspace('rgb16')]) {
    const { data } = await decoder.decode(await image.png().toBuffer());
    expect(new Set(data)).toEqual(new Set([255]));
  }
});

describe('EXIF orientation', () => {
  // A dark top left quarter, stored so that the orientation has to bring it there.
  const upright = Buffer.alloc(32 * 16 * 3, 230);
  for (let y = 0; y < 8; y++) upright.fill(20, y * 32 * 3, (y * 32 + 16) * 3);
  const stored: Record<number, (image: Sharp) => Sharp> = {
    1: (image) => image,
    2: (image) => image.flop(),
    3: (image) => image.rotate(180),
    4: (image) => image.flip(),
    5: (image) => image.rotate(270).flop(),
    6: (image) => image.rotate(270),
    7: (image) => image.rotate(90).flop(),
    8: (image) => image.rotate(90),
  };
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('%i', async (orientation) => {
    const turned = await stored[orientation]?.(sharp(upright, { raw: { width: 32, height: 16, channels: 3 } }))
      .png()
      .toBuffer();
    const bytes = await sharp(turned).withMetadata({ orientation }).jpeg({ quality: 95 }).toBuffer();
    const { width, height, data } = await decoder.decode(bytes);
    const at = (x: number, y: number) => data[(y * width + x) * 3] ?? -1;
    expect([width, height]).toEqual([32, 16]);
    expect([at(4, 4) < 60, at(28, 4) > 200, at(4, 12) > 200, at(28, 12) > 200]).toEqual([true, true, true, true]);
  });
});

describe('reduced while decoding', () => {
  const small = createSharpImageDecoder({ sufficientEdges: { filtered: 100, scaled: 60 } });
  const large = sharp({ create: { width: 301, height: 499, channels: 3, background: RED } });

  test.each(['jpeg', 'png', 'webp'] as const)('a %s keeps its shape and its colours', async (format) => {
    const decoded = await small.decode(await large.clone().toFormat(format, { quality: 95 }).toBuffer());
    expect(decoded).toMatchObject({ width: 100, height: 166, reducedFrom: { width: 301, height: 499 } });
    expect(decoded.data.length).toBe(100 * 166 * 3);
    for (const [i, level] of [200, 10, 20].entries()) expect(Math.abs((decoded.data[i] ?? 0) - level)).toBeLessThan(6);
  });

  test('sizes are those of the upright image', async () => {
    const lying = await large.clone().withMetadata({ orientation: 6 }).jpeg().toBuffer();
    expect(await small.decode(lying)).toMatchObject({
      width: 166,
      height: 100,
      reducedFrom: { width: 499, height: 301 },
    });
  });

  test.each([
    ['a half', 200, 240, 66, 80],
    ['an eighth', 480, 640, 53, 71],
    ['a quarter, where an eighth is no whole number', 484, 644, 96, 128],
  ])(
    'a JPEG of which libjpeg decodes %s is reduced from there',
    async (_, width, height, reducedWidth, reducedHeight) => {
      const bytes = await sharp({ create: { width, height, channels: 3, background: RED } })
        .jpeg()
        .toBuffer();
      const decoded = await small.decode(bytes);
      expect(decoded).toMatchObject({ width: reducedWidth, height: reducedHeight, reducedFrom: { width, height } });
      expect(decoded.data.length).toBe(reducedWidth * reducedHeight * 3);
    },
  );

  test('an image that is small enough stays as it is', async () => {
    const decoded = await small.decode(await plain(RED).png().toBuffer());
    expect(decoded).toEqual({ width: 6, height: 4, data: expect.anything() });
  });
});

describe('faults', () => {
  test('an image of too many pixels is named by its size, and not decoded', async () => {
    const small = createSharpImageDecoder({ maxPixels: 20 });
    expect(await faultOf(small.decode(await plain(RED).png().toBuffer()))).toEqual({
      code: 'IMAGE_TOO_LARGE',
      message: 'The image has 6×4 pixels, more than the limit of 20',
    });
  });

  test('a JPEG header without a picture is refused; one that lost most of its picture is read', async () => {
    const noise = Buffer.from(Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 2654435761) >>> 24));
    const jpeg = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
      .jpeg()
      .toBuffer();
    // A frame header tells a size after its marker, its length and its precision.
    const size = jpeg.indexOf(Buffer.from([0xff, 0xc0])) + 5;
    const scan = jpeg.indexOf(Buffer.from([0xff, 0xda]));
    jpeg.writeUInt32BE((4000 << 16) | 4000, size);
    const withScanOf = (length: number) =>
      Buffer.concat([jpeg.subarray(0, scan + 14 + length), Buffer.from([0xff, 0xd9])]);
    expect(await faultOf(decoder.decode(withScanOf(20)))).toEqual({
      code: 'IMAGE_INVALID',
      message: 'The JPEG file has a header but no picture',
    });
    expect(await decoder.decode(withScanOf(1000))).toMatchObject({ width: 4000, height: 4000 });
  });

  test.each([
    ['<html><body>404', 'an HTML page'],
    ['version https://git-lfs.github.com/spec/v1\noid sha256:0', 'a git-LFS pointer in place of the file'],
    ['<svg xmlns="http://www.w3.org/2000/svg"/>', 'an SVG or XML document'],
    ['{"error": "not found"}', 'JSON text'],
    ['%PDF-1.7', 'a PDF document'],
  ])('%j says that it looks like %s', async (content, looksLike) => {
    const { code, message } = await faultOf(decoder.decode(Buffer.from(content, 'latin1')));
    expect(code).toBe('IMAGE_INVALID');
    expect(message).toBe(`Not a JPEG, PNG, WebP, AVIF, HEIC, TIFF or GIF image: it looks like ${looksLike}`);
  });

  test('a file that is cut short says so, and a kind that cannot be read says that', async () => {
    const jpeg = await plain(RED).jpeg().toBuffer();
    const tiff = await plain(RED).tiff().toBuffer();
    // What follows the marker says which process made the JPEG; nobody decodes this one.
    const hierarchical = Buffer.from(jpeg);
    hierarchical[hierarchical.indexOf(Buffer.from([0xff, 0xc0])) + 1] = 0xc5;
    const reasonOf = async (bytes: Buffer) => (await faultOf(decoder.decode(bytes))).message;
    expect(await reasonOf(jpeg.subarray(0, jpeg.length - 20))).toBe('The JPEG file is damaged or cut short');
    expect(await reasonOf(tiff.subarray(0, 200))).toBe('The TIFF file is damaged or cut short');
    expect(await reasonOf(hierarchical)).toBe('This kind of JPEG file cannot be read');
  });

  test('what takes too long is given up', async () => {
    const noise = Buffer.from(Uint8Array.from({ length: 2000 * 2000 * 3 }, (_, i) => (i * 2654435761) >>> 24));
    const bytes = await sharp(noise, { raw: { width: 2000, height: 2000, channels: 3 } })
      .png()
      .toBuffer();
    const impatient = createSharpImageDecoder({ deadlineMs: 1 });
    expect((await faultOf(impatient.decode(bytes))).message).toBe('The image takes too long to decode');
  });
});
