import { dot } from '@fashionmatch/domain';
import { GOLDEN_TOLERANCE, readGolden } from '@fashionmatch/encoders';
import { expect, test } from '@jest/globals';

import { goldenFiles } from './golden-files.js';

test('what is shipped is what the built-in encoders give: else run node tools/dist/write-golden-vectors.js', async () => {
  const [shipped, written] = [await readGolden(), await goldenFiles()];
  const vectors: {
    pixels_sha256: string;
    heic_pixels_sha256: string;
    models: Record<string, { sha256: string; vector: number[] }>;
  } = JSON.parse(written.vectors);
  expect(shipped.pixelsSha256).toBe(vectors.pixels_sha256);
  expect(shipped.heic.pixelsSha256).toBe(vectors.heic_pixels_sha256);
  expect([...shipped.models.keys()]).toEqual(Object.keys(vectors.models));
  for (const [name, { sha256, vector }] of shipped.models) {
    expect(sha256).toBe(vectors.models[name]?.sha256);
    expect(1 - dot(vector, vectors.models[name]?.vector ?? [])).toBeLessThan(GOLDEN_TOLERANCE);
  }
});
