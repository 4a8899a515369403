import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from '@jest/globals';

import { brokenLinks, documents } from './markdown-links.js';
import { shellLines } from './shell-lines.js';
import { writtenDocuments } from './written-documents.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

test('what is made from the code is up to date; else run `node tools/dist/write-documentation.js`', async () => {
  const written = await writtenDocuments();
  expect(written.size).toBeGreaterThan(2);
  for (const [path, text] of written) expect(readFileSync(path, 'utf8')).toBe(text);
});

test('no link between documents leads nowhere', () => {
  const checked = documents(root);
  expect(checked.length).toBeGreaterThan(8);
  expect(checked.flatMap((path) => brokenLinks(join(root, path)).map((link) => `${path}: ${link}`))).toEqual([]);
});

test('every program of the tools that the documents show is there', () => {
  const shown = documents(root).flatMap((path) =>
    shellLines(root, path).flatMap((line) => /^node (tools\/dist\/\S+)\.js/.exec(line)?.[1] ?? []),
  );
  expect(shown.length).toBeGreaterThan(5);
  expect(shown.filter((program) => !existsSync(join(root, `${program}.js`)))).toEqual([]);
});
