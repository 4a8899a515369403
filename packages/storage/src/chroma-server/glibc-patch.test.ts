import { expect, test } from '@jest/globals';

import { patchForOlderGlibc } from './glibc-patch.js';

test('what is no ELF file is refused', () => {
  expect(() => patchForOlderGlibc(Buffer.from('MZ and no more, but long enough to have a header of 64 bytes'))).toThrow(
    RangeError,
  );
});
