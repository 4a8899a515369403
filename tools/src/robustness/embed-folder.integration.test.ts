import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { embedFolder } from './embed-folder.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-embed-folder-'));
  await writeFile(join(folder, 'text.jpg'), 'no image');
});
afterEach(() => rm(folder, { recursive: true }));

test('a run that does not end in time is killed, and a fault', async () => {
  expect(await embedFolder(folder, 50)).toMatchObject({ faults: ['The run did not end within 0.05 s.'] });
});

test('a run that ends with a fault of its own is one', async () => {
  expect(await embedFolder(join(folder, 'missing'), 60_000)).toMatchObject({
    faults: [expect.stringMatching(/^The run ended with exit code 2: .*missing does not exist/)],
  });
});

test('an image that is neither stored nor named is a fault, and memory is seen', async () => {
  await writeFile(join(folder, 'not-listed.bin'), 'no image');
  const { outcomes, faults, peakMemory } = await embedFolder(folder, 60_000);
  expect([...outcomes.keys()]).toEqual(['text.jpg']);
  expect(faults).toEqual(['not-listed.bin is not once stored or once named: in clip, in dino, failed: 0 0 0.']);
  if (process.platform === 'linux') expect(peakMemory).toBeGreaterThan(50 * 2 ** 20);
});
