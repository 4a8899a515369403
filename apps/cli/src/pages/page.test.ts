import { createHash } from 'node:crypto';

import { collect } from '@fashionmatch/domain/testing';
import { expect, test } from '@jest/globals';

import { markup } from './html.js';
import { page } from './page.js';

async function textOf(title: string): Promise<string> {
  return (await collect(page(title, [markup`<h1>${title}</h1>`]))).join('');
}

test('the policy allows the one style sheet by its hash, pictures within the page, and nothing else', async () => {
  const text = await textOf('A page');
  const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(text) ?? [];
  const [, style = ''] = /<style>(.*)<\/style>/s.exec(text) ?? [];
  expect(style).toContain('prefers-color-scheme: dark');
  expect(policy.split('; ')).toEqual([
    "default-src 'none'",
    'img-src data:',
    `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ]);
  expect(text.indexOf('Content-Security-Policy')).toBeLessThan(text.indexOf('<title>'));
});

test('the title is text', async () => {
  const text = await textOf('</title><script>alert(1)</script>');
  expect(text).not.toContain('<script');
});
