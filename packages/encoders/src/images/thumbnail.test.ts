import { ItemError } from '@fashionmatch/domain';
import { describe, expect, test } from '@jest/globals';

import { sharp } from './sharp-library.js';
import { createThumbnailer } from './thumbnail.js';

const thumbnail = createThumbnailer();

const photograph = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#c04020' } });

describe('a thumbnail', () => {
  test.each([
    [1600, 800, 320, 160],
    [30, 900, 11, 320],
    [20, 10, 20, 10],
  ])('of %p×%p pixels has %p×%p', async (width, height, ...expected) => {
    const drawn = await thumbnail(await photograph(width, height).png().toBuffer());
    const { format, width: drawnWidth, height: drawnHeight } = await sharp(drawn).metadata();
    expect({ format, size: [drawnWidth, drawnHeight] }).toEqual({ format: 'webp', size: expected });
  });

  test('is upright, and says nothing of camera and place', async () => {
    const sideways = await photograph(40, 20)
      .withExif({ IFD0: { Make: 'A camera' }, IFD3: { GPSLatitude: '52/1 31/1 0/1' } })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    const metadata = await sharp(await thumbnail(sideways)).metadata();
    expect(metadata).toMatchObject({ width: 20, height: 40 });
    expect(metadata.exif).toBeUndefined();
  });

  test.each([
    ['wide', 400, 100, [200, 200, 3]],
    ['tall', 100, 400, [200, 3, 200]],
  ])(
    'of a %s photograph can be a square, with nothing around the image',
    async (_, width, height, [edge = 0, x = 0, y = 0]) => {
      const bytes = await photograph(width, height).png().toBuffer();
      const rgba = await thumbnail(bytes, { edge, format: 'rgba' });
      expect(rgba).toHaveLength(edge * edge * 4);
      const pixel = (column: number, row: number): number[] =>
        [...rgba.subarray((row * edge + column) * 4)].slice(0, 4);
      expect(pixel(100, 100)).toEqual([0xc0, 0x40, 0x20, 255]);
      for (const [column, row] of [
        [200 - x, 200 - y],
        [x - 1, y - 1],
      ] as const)
        expect(pixel(column % 200, row % 200)[3]).toBe(0);
      const png = await thumbnail(bytes, { edge, format: 'png' });
      expect(await sharp(png).metadata()).toMatchObject({ format: 'png', width: edge, height: edge });
      expect(Buffer.from(await sharp(png).ensureAlpha().raw().toBuffer()).equals(rgba)).toBe(true);
    },
  );

  test('that is a square has 256 colours at most', async () => {
    const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
    const bytes = await sharp({ create: { width: 300, height: 300, channels: 3, background: '#000', noise } })
      .png()
      .toBuffer();
    const rgba = Buffer.from(await thumbnail(bytes, { edge: 150, format: 'rgba' }));
    const colours = new Set(Array.from({ length: 150 * 150 }, (_, i) => rgba.readUInt32LE(i * 4)));
    expect(colours.size).toBeGreaterThan(64);
    expect(colours.size).toBeLessThanOrEqual(256);
  });

  test('shows what is left of a file that broke off', async () => {
    const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
    const whole = await sharp({ create: { width: 200, height: 200, channels: 3, background: '#000', noise } })
      .jpeg()
      .toBuffer();
    const drawn = await thumbnail(whole.subarray(0, whole.length / 2));
    expect(await sharp(drawn).metadata()).toMatchObject({ width: 200, height: 200 });
  });

  test.each([
    ['text', Buffer.from('no photograph')],
    ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')],
    ['a header alone', Buffer.from('89504e470d0a1a0a', 'hex')],
  ])('is not made of %s', async (_, bytes) => {
    await expect(thumbnail(bytes)).rejects.toBeInstanceOf(ItemError);
  });

  test('is not made of more pixels than are allowed', async () => {
    const bytes = await photograph(101, 100).png().toBuffer();
    await expect(createThumbnailer({ maxPixels: 10_000 })(bytes)).rejects.toBeInstanceOf(ItemError);
  });
});
