import { expect, test } from '@jest/globals';

import { jsonText } from './json-text.js';

test('what a terminal would obey is escaped, and every parser reads the same', () => {
  const document = { title: 'a\u009b31m b\u202e c\u001b[0m d\u{e0001} \u2028 👗 é' };
  const text = jsonText(document);
  expect(JSON.parse(text)).toEqual(document);
  expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(text).toContain('👗 é');
});
