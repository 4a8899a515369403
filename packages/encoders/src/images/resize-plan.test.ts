import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import type { Preprocessing } from '../models/preprocessor-config.js';
import { planResize, sufficientEdges } from './resize-plan.js';

const shortest = (shortestEdge: number): Preprocessing => ({
  resize: { shortestEdge },
  inputSize: { width: 224, height: 224 },
  filter: 'bicubic',
  rescale: 1 / 255,
  mean: [0, 0, 0],
  std: [1, 1, 1],
});

// Sizes and offsets as torchvision's Resize and CenterCrop give them.
test.each([
  [1200, 1600, 224, { width: 224, height: 298 }, { left: 0, top: 37 }],
  [1600, 1200, 224, { width: 298, height: 224 }, { left: 37, top: 0 }],
  [450, 655, 224, { width: 224, height: 326 }, { left: 0, top: 51 }],
  [1200, 1600, 256, { width: 256, height: 341 }, { left: 16, top: 58 }],
  [999, 1000, 224, { width: 224, height: 224 }, { left: 0, top: 0 }],
  [5, 8, 224, { width: 224, height: 358 }, { left: 0, top: 67 }],
  [1, 1, 256, { width: 256, height: 256 }, { left: 16, top: 16 }],
])('%i×%i with the shorter edge at %i', (width, height, edge, resized, offset) => {
  const plan = planResize({ width, height }, shortest(edge));
  expect(plan).toEqual({
    source: { left: 0, top: 0, width, height },
    resized,
    crop: { ...offset, width: 224, height: 224 },
  });
});

test('a fixed size takes the whole image, whatever its shape', () => {
  const squeeze = { ...shortest(1), resize: { width: 224, height: 224 } };
  expect(planResize({ width: 3, height: 90_000 }, squeeze)).toEqual({
    source: { left: 0, top: 0, width: 3, height: 90_000 },
    resized: { width: 224, height: 224 },
    crop: { left: 0, top: 0, width: 224, height: 224 },
  });
});

test('an image that was reduced is resized as the whole would have been', () => {
  fc.assert(
    fc.property(fc.integer({ min: 900, max: 9000 }), fc.integer({ min: 900, max: 9000 }), (width, height) => {
      const scale = 891 / Math.min(width, height);
      const reduced = { width: Math.round(width * scale), height: Math.round(height * scale) };
      const plan = planResize({ ...reduced, reducedFrom: { width, height } }, shortest(224));
      expect(plan.source).toEqual({ left: 0, top: 0, ...reduced });
      const { resized, crop } = planResize({ width, height }, shortest(224));
      expect(plan).toMatchObject({ resized, crop });
    }),
  );
});

test('how large images need to be depends on the smallest model, unless another is much larger', () => {
  const squeeze = { ...shortest(1), resize: { width: 224, height: 256 } };
  expect(sufficientEdges([shortest(224), shortest(256)])).toEqual({ filtered: 891, scaled: 598 });
  expect(sufficientEdges([squeeze, squeeze])).toEqual({ filtered: 891, scaled: 523 });
  expect(sufficientEdges([shortest(224), shortest(384)])).toBeUndefined();
});

describe('a strip', () => {
  test('loses its ends alike', () => {
    const { source, resized } = planResize({ width: 100_000_000, height: 1 }, shortest(224));
    expect(source).toEqual({ left: 49_999_968, top: 0, width: 64, height: 1 });
    expect(resized).toEqual({ width: 64 * 224, height: 224 });
  });

  test('of any shape gives a crop that lies within it', () => {
    const edge = fc.integer({ min: 1, max: 100_000 });
    fc.assert(
      fc.property(edge, edge, fc.constantFrom(224, 256), (width, height, shortestEdge) => {
        const { source, resized, crop } = planResize({ width, height }, shortest(shortestEdge));
        expect(source.left * 2 + source.width).toBe(width);
        expect(source.top * 2 + source.height).toBe(height);
        expect(crop.left).toBeGreaterThanOrEqual(0);
        expect(crop.top).toBeGreaterThanOrEqual(0);
        expect(crop.left + crop.width).toBeLessThanOrEqual(resized.width);
        expect(crop.top + crop.height).toBeLessThanOrEqual(resized.height);
      }),
    );
  });
});
