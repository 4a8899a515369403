import { describe, expect, test } from '@jest/globals';

import { hasToken, isLoopback, isOwnHost, isOwnOrigin } from './access.js';

test.each([
  ['127.0.0.1', true],
  ['127.1.2.3', true],
  ['localhost', true],
  ['::1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['192.168.1.7', false],
  ['127.evil.example', false],
])('%s is on this machine only: %p', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

describe('a Host header', () => {
  test.each(['127.0.0.1:3210', 'localhost:3210', 'LOCALHOST', '[::1]:3210', '192.168.1.7:80', 'studio.lan:3210'])(
    'that names us: %s',
    (header) => {
      expect(isOwnHost(header, 'studio.lan')).toBe(true);
    },
  );

  test.each([
    ...[undefined, '', 'evil.example:3210', 'localhost.evil.example', '127.0.0.1.evil.example', 'studio.lan.'],
    ...['[::1', '127.0.0.1:3210, evil.example', 'evil.example#localhost', '2130706433', 'localhost:123456'],
  ])('that does not: %p', (header) => {
    expect(isOwnHost(header, 'studio.lan')).toBe(false);
  });
});

test.each([
  [undefined, true],
  ['http://localhost:3210', true],
  ['http://localhost:3211', false],
  ['http://evil.example', false],
  ['null', false],
])('a request from a page of %p is one of ours: %p', (origin, expected) => {
  expect(isOwnOrigin(origin, 'localhost:3210')).toBe(expected);
});

test('only the whole token is the token', () => {
  expect(hasToken('Bearer abc', 'abc')).toBe(true);
  for (const wrong of [undefined, '', 'abc', 'Bearer', 'Bearer ab', 'Bearer abcd', 'bearer abc', 'Basic abc']) {
    expect(hasToken(wrong, 'abc')).toBe(false);
  }
});
