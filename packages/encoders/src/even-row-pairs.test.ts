import { expect, test } from '@jest/globals';
import fc from 'fast-check';

import { evenRowPairs } from './even-row-pairs.js';

test('pairs of rows get an even sum by rounding down, and nothing else changes', () => {
  const image = fc.integer({ min: 1, max: 13 }).chain((rowBytes) =>
    fc
      .integer({ min: 1, max: 7 })
      .chain((rows) => fc.uint8Array({ minLength: rowBytes * rows, maxLength: rowBytes * rows }))
      .map((pixels) => ({ rowBytes, pixels })),
  );
  fc.assert(
    fc.property(image, ({ rowBytes, pixels }) => {
      const before = [...pixels];
      const evened = evenRowPairs(pixels, rowBytes);
      expect([...pixels]).toEqual(before);
      for (const [i, level] of before.entries()) {
        const row = Math.floor(i / rowBytes);
        const partner = before[row % 2 === 0 ? i + rowBytes : i - rowBytes];
        const unequal = partner !== undefined && (level + partner) % 2 === 1;
        expect(evened[i]).toBe(unequal && level % 2 === 1 ? level - 1 : level);
      }
    }),
  );
});
