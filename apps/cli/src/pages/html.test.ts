import { describe, expect, test } from '@jest/globals';

import { escapeHtml, markup, webAddress } from './html.js';

describe('markup', () => {
  test('escapes texts, and keeps markup and numbers', () => {
    const inner = markup`<b title="${'"><script>'}">${'a < b & c'}</b>`;
    expect(markup`<p>${inner}${[inner]}${3}${undefined}</p>`.text).toBe(
      `<p>${`<b title="&#34;&#62;&#60;script&#62;">a &#60; b &#38; c</b>`.repeat(2)}3</p>`,
    );
  });

  test('leaves nothing in a text that could end a text or an attribute', () => {
    expect(escapeHtml(`<img src=x onerror='alert(1)'>"&\``)).not.toMatch(/[<>"'`]|&(?!#\d+;)/);
  });

  test('shows control characters, bidirectional and zero-width marks as what they are: out of place', () => {
    expect(escapeHtml('a\u0000b\u001b[31mc\u202ed\u2066e\u200bf\u2028g')).toBe('a�b�[31mc�d�e�f�g');
  });
});

describe('a web address', () => {
  test.each(['https://www.example.com/items/1', 'http://example.com/?q=a%20b'])('is %s', (url) => {
    expect(webAddress(url)).toBe(url);
  });

  test('has nothing in it that is not plain', () => {
    expect(webAddress('https://example.com/\u202e"><b>')).toBe('https://example.com/%E2%80%AE%22%3E%3Cb%3E');
  });

  test.each([
    ...['javascript:alert(1)', 'JaVaScRiPt:alert(1)', ' javascript:alert(1)', 'java\nscript:alert(1)'],
    ...['data:text/html,<script>', 'file:///etc/passwd', 'vbscript:x', '//example.com', 'items/1', ''],
  ])('is not %p', (url) => {
    expect(webAddress(url)).toBeUndefined();
  });
});
