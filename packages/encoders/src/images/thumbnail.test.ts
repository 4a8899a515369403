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
