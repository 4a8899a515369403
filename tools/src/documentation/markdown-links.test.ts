import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from '@jest/globals';

import { brokenLinks } from './markdown-links.js';

test('links to files and headings that are not there are found; those to other hosts are left alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fashionmatch-links-'));
  await writeFile(join(folder, 'other.md'), '# What *is* there?\n');
  const links = [
    'other.md',
    'other.md#what-is-there',
    '#here',
    'https://example.com',
    'gone.md',
    'other.md#not',
    '#no',
  ];
  const text = `## Here\n${links.map((link) => `[x](${link})`).join('\n')}\n\`\`\`\n[code](nowhere.md)\n\`\`\`\n`;
  await writeFile(join(folder, 'page.md'), text);
  expect(brokenLinks(join(folder, 'page.md'))).toEqual(['gone.md', 'other.md#not', '#no']);
  await rm(folder, { recursive: true });
});
