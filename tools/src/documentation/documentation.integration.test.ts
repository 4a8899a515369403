import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from '@jest/globals';

import { ExamplePlace } from '../end-to-end/example-place.js';
import { brokenLinks, documents } from './markdown-links.js';
import { writtenDocuments } from './written-documents.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

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

/** What is typed into a shell in a document, line by line. */
function shellLines(path: string): string[] {
  const blocks = [...read(path).matchAll(/^ *```sh\n(.*?)```/gms)].map(([, block = '']) => block);
  return blocks.flatMap((block) => block.split('\n').map((line) => line.trim())).filter((line) => line !== '');
}

/**
 * Lines that others run: the build itself, the rehearsal of a release, programs that take minutes, tests of `serve`
 * and of the completion, which zsh alone can read.
 */
const RUN_ELSEWHERE =
  /^(?:npm |npx nx release |git tag |node tools\/dist\/|curl |source <\(fashionmatch completion zsh)/;

test(
  'every command that the documents show works, typed in the order in which they stand there',
  async () => {
    const outcomes = [];
    for (const path of documents(root)) {
      const lines = shellLines(path).filter((line) => !RUN_ELSEWHERE.test(line));
      if (lines.length === 0) continue;
      await using place = await ExamplePlace.open();
      await place.type('fashionmatch embed');
      for (const line of lines) {
        const example = line.replace('node apps/cli/dist/main.js', 'fashionmatch');
        outcomes.push({ path, ...(await place.type(example)) });
      }
    }
    expect(outcomes.length).toBeGreaterThan(25);
    expect(outcomes.filter(({ works }) => !works)).toEqual([]);
  },
  5 * 60_000,
);

test('every program of the tools that the documents show is there', () => {
  const shown = documents(root).flatMap((path) =>
    shellLines(path).flatMap((line) => /^node (tools\/dist\/\S+)\.js/.exec(line)?.[1] ?? []),
  );
  expect(shown.length).toBeGreaterThan(5);
  expect(shown.filter((program) => !existsSync(join(root, `${program}.js`)))).toEqual([]);
});
