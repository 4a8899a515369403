import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from '@jest/globals';

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

test('every command that the documents show is one that there is, with options that it has', () => {
  const help = new Map(
    [...read('docs/command-line.md').matchAll(/^## (\S+)\n(.*?)(?=^## |$(?![^]))/gms)].map(
      ([, name = '', text = '']) => [name, text],
    ),
  );
  const faults: string[] = [];
  for (const path of documents(root)) {
    const blocks = [...read(path).matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block);
    for (const line of blocks.flatMap((block) => block.split('\n'))) {
      const [, command = '', rest = ''] =
        /^(?:fashionmatch|node apps\/cli\/dist\/main\.js) ([a-z]+)(.*)$/.exec(line) ?? [];
      if (command === '') continue;
      const text = help.get(command);
      if (text === undefined) faults.push(`${path}: ${line}: no such command`);
      for (const [option] of rest.replaceAll(/#.*$/g, '').matchAll(/(?<= )--[a-z][a-z-]*/g)) {
        if (text !== undefined && !text.includes(option)) faults.push(`${path}: ${line}: ${command} has no ${option}`);
      }
    }
  }
  expect(faults).toEqual([]);
});
