import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { createSharpImageDecoder } from './sharp-image-decoder.js';

/** Written by tools/python/make_colour_fixtures.py: each beside what Pillow reads from it. */
const FIXTURES = join(import.meta.dirname, '../../fixtures/colour');
const FILES = ['display-p3.jpg', 'display-p3.png', 'grey-with-profile.png', 'cmyk.jpg', 'cmyk.tif'];

async function pixels(name: string, colour: 'convert' | 'ignore-profiles'): Promise<Uint8Array> {
  return (await createSharpImageDecoder({ colour }).decode(await readFile(join(FIXTURES, name)))).data;
}

/** The largest and the mean difference, in levels of 255. */
async function differenceToPillow(name: string, colour: 'convert' | 'ignore-profiles') {
  const [ours, pillow] = [await pixels(name, colour), await pixels(`${name}.pillow.png`, 'convert')];
  expect(ours).toHaveLength(pillow.length);
  const apart = Array.from(ours, (level, i) => Math.abs(level - (pillow[i] ?? NaN)));
  return { most: Math.max(...apart), mean: apart.reduce((sum, one) => sum + one, 0) / apart.length };
}

describe('ignore-profiles', () => {
  test.each([...FILES, 'cmyk-with-profile.tif'])('reads %s as Pillow does, to a level', async (name) => {
    expect((await differenceToPillow(name, 'ignore-profiles')).most).toBeLessThanOrEqual(1);
  });

  test('reduces an image in four inks, too', async () => {
    const decoder = createSharpImageDecoder({
      colour: 'ignore-profiles',
      sufficientEdges: { filtered: 36, scaled: 36 },
    });
    const { width, height, data } = await decoder.decode(await readFile(join(FIXTURES, 'cmyk.tif')));
    expect([width, height, data.length]).toEqual([48, 36, 48 * 36 * 3]);
    const whole = await pixels('cmyk.tif', 'ignore-profiles');
    const mean = (bytes: Uint8Array): number => bytes.reduce((sum, byte) => sum + byte, 0) / bytes.length;
    expect(Math.abs(mean(data) - mean(whole))).toBeLessThan(0.5);
  });
});

test.each(FILES)('colours of %s are converted otherwise', async (name) => {
  const { mean } = await differenceToPillow(name, 'convert');
  // A profile says nothing about a grey picture that Pillow and the conversion would see otherwise.
  if (name.startsWith('grey')) expect(mean).toBeLessThan(1);
  else expect(mean).toBeGreaterThan(3);
});
