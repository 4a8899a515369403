import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import type { DecodedImage } from '@fashionmatch/domain';
import { describe, expect, test } from '@jest/globals';

import { createSharpImageDecoder } from '../sharp-image-decoder.js';
import { sharp } from '../sharp-library.js';
import { createThumbnailer } from '../thumbnail.js';

// Made, with the pixels that are expected of them, by tools/python/make_heic_fixtures.py.
const FIXTURES = new URL('../../../fixtures/heic/', import.meta.url);
const NAMES = readdirSync(FIXTURES)
  .filter((name) => name.endsWith('.heic'))
  .map((name) => name.slice(0, -'.heic'.length));

const decoder = createSharpImageDecoder();
const fixture = (name: string) => readFile(new URL(name, FIXTURES));

function decibels(a: DecodedImage, b: DecodedImage): number {
  expect([a.width, a.height, a.data.length]).toEqual([b.width, b.height, b.data.length]);
  const squares = a.data.reduce((sum, value, i) => sum + (value - (b.data[i] ?? NaN)) ** 2, 0);
  return 10 * Math.log10((255 * 255 * a.data.length) / squares);
}

/** The file with another size of its image, in the box that declares it (ISO/IEC 23008-12, 6.5.3). */
function declaring(size: number, heic: Buffer): Buffer {
  const bytes = Buffer.from(heic);
  for (let at = bytes.indexOf('ispe'); at !== -1; at = bytes.indexOf('ispe', at + 1)) {
    bytes.writeUInt32BE(size, at + 8);
    bytes.writeUInt32BE(size, at + 12);
  }
  return bytes;
}

describe('a HEIC file', () => {
  test('there are many kinds', () => {
    expect(NAMES.length).toBeGreaterThanOrEqual(19);
  });

  test.each(NAMES)('%s is decoded as pillow-heif does, in sRGB and upright', async (name) => {
    const decoded = await decoder.decode(await fixture(`${name}.heic`));
    expect(decibels(decoded, await decoder.decode(await fixture(`${name}.png`)))).toBeGreaterThanOrEqual(45);
  });

  test('is decoded whoever else decodes one', async () => {
    const grid = await fixture('grid.heic');
    const [first, ...others] = await Promise.all(Array.from({ length: 12 }, () => decoder.decode(grid)));
    for (const other of others) expect(other).toEqual(first);
  });

  test('is reduced like every other format where less is enough', async () => {
    const reducing = createSharpImageDecoder({ sufficientEdges: { filtered: 70, scaled: 70 } });
    expect(await reducing.decode(await fixture('grid.heic'))).toMatchObject({
      width: 100,
      height: 70,
      reducedFrom: { width: 200, height: 140 },
    });
  });

  test('has a thumbnail that is upright and in the right colours', async () => {
    const drawn = await createThumbnailer()(await fixture('irot-and-exif.heic'));
    expect(await sharp(drawn).metadata()).toMatchObject({ format: 'webp', width: 64, height: 96 });
    const { data } = await sharp(drawn).raw().toBuffer({ resolveWithObject: true });
    const { data: expected } = await decoder.decode(await fixture('irot-and-exif.png'));
    expect(Math.abs((data[0] ?? NaN) - (expected[0] ?? NaN))).toBeLessThan(20);
    expect(Math.abs((data[1] ?? NaN) - (expected[1] ?? NaN))).toBeLessThan(20);
  });
});

describe('a HEIC file that cannot be used', () => {
  test('has more pixels than may be: by its own word, before anything is decoded', async () => {
    const heic = await fixture('8-bit.heic');
    await expect(decoder.decode(declaring(20_000, heic))).rejects.toMatchObject({
      code: 'IMAGE_TOO_LARGE',
      message: 'The image has 20000×20000 pixels, more than the limit of 100000000',
    });
    await expect(createSharpImageDecoder({ maxPixels: 6143 }).decode(heic)).rejects.toMatchObject({
      code: 'IMAGE_TOO_LARGE',
      message: 'The image has 96×64 pixels, more than the limit of 6143',
    });
    expect(await createSharpImageDecoder({ maxPixels: 6144 }).decode(heic)).toMatchObject({ width: 96, height: 64 });
  });

  test('has a larger picture than it says, which is not decoded either', async () => {
    const lying = declaring(8, await fixture('8-bit.heic'));
    await expect(createSharpImageDecoder({ maxPixels: 1000 }).decode(lying)).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
    });
  });

  test.each([0.1, 0.5, 0.9])('is cut short after %p of it', async (part) => {
    const heic = await fixture('grid.heic');
    await expect(decoder.decode(heic.subarray(0, heic.length * part))).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
      message: 'The HEIC file is damaged or cut short',
    });
  });

  test('has no still image', async () => {
    await expect(decoder.decode(await fixture('film.heics'))).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
      message: 'This kind of HEIC file cannot be read',
    });
  });

  test('takes too long, and the next one has a thread of its own', async () => {
    const heic = await fixture('grid.heic');
    await expect(createSharpImageDecoder({ deadlineMs: 0.1 }).decode(heic)).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
      message: 'The image takes too long to decode',
    });
    expect(await decoder.decode(heic)).toMatchObject({ width: 200, height: 140 });
  });
});

test('a process that has decoded HEIC ends when it has nothing else to do, and nobody else starts the thread', async () => {
  const script = `
    import { createSharpImageDecoder } from ${JSON.stringify(new URL('../../../dist/index.js', import.meta.url).href)};
    import { readFile } from 'node:fs/promises';
    const threads = () => process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;
    const decoder = createSharpImageDecoder();
    await decoder.decode(await readFile(process.argv[1]));
    const before = threads();
    const { width } = await decoder.decode(await readFile(process.argv[2]));
    console.log(JSON.stringify({ before, width }));`;
  const files = ['8-bit.png', '8-bit.heic'].map((name) => fileURLToPath(new URL(name, FIXTURES)));
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', script, ...files],
    { timeout: 60_000 },
  );
  expect({ said: JSON.parse(stdout), stderr }).toEqual({ said: { before: 0, width: 96 }, stderr: '' });
});
