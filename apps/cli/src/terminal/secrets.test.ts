import { describe, expect, test } from '@jest/globals';

import { maskSecrets, withoutSecrets } from './secrets.js';

describe('is masked:', () => {
  test.each([
    ['a token of the environment', { HF_TOKEN: 'sesame-open' }, 'sent sesame-open twice: sesame-open', 'sesame-open'],
    ['one that JSON writes otherwise', { CHROMA_TOKEN: 'a"b\\c-d' }, JSON.stringify({ at: 'a"b\\c-d' }), 'b\\\\c-d'],
    ['the password of the queue', { FASHIONMATCH_QUEUE__PASSWORD: 'hop-hop' }, 'said hop-hop', 'hop-hop'],
    ['a header for the store', { FASHIONMATCH_DATABASE__HEADERS__X_KEY: 'open-it' }, 'sent open-it', 'open-it'],
    ['a bearer', {}, 'authorization: Bearer abc.def-123', 'abc.def'],
    ['a token in JSON', {}, '{"x-chroma-token":"abcdef"}', 'abcdef'],
    ['a password in an address', {}, 'https://me:pass-word@chroma.example/', 'pass-word'],
    ['what Hugging Face gives', {}, 'with hf_AbCdEfGhIjKlMnOpQr it works', 'hf_AbCd'],
  ])('%s', (_, env, text, secret) => {
    const masked = maskSecrets(env)(text);
    expect(masked).toContain('********');
    expect(masked).not.toContain(secret);
  });
});

test('other text stays as it is', () => {
  const text = 'Found 150 image files at https://hub.example/a:b, 77 tokens, key=value';
  expect(maskSecrets({ HF_TOKEN: '', CHROMA_TOKEN: 'a' })(text)).toBe(text);
});

test('other programs are given none of ours, and all else', () => {
  const header = { FASHIONMATCH_DATABASE__HEADERS__X_KEY: 'open-it' };
  expect(withoutSecrets({ PATH: '/bin', CHROMA_TOKEN: 'sesame', ...header, SLACK: 'theirs' })).toEqual({
    PATH: '/bin',
    SLACK: 'theirs',
  });
});
