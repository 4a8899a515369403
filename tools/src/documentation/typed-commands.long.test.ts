import { fileURLToPath } from 'node:url';

import { expect, test } from '@jest/globals';

import { canBeTyped, ExamplePlace } from '../end-to-end/running/example-place.js';
import { documents } from './markdown-links.js';
import { shellLines } from './shell-lines.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * Lines that others run: the build itself, the rehearsal of a release, programs that take minutes or the network, tests
 * of `serve`, of workers, of the readers in Python, and of the completion, which zsh alone can read.
 */
const RUN_ELSEWHERE =
  /^(?:npm |npx nx release |git tag |node tools\/dist\/|node node_modules\/|curl |bash findings\/|python3 |redis-server |(?:npx )?fashionmatch embed --queue |\.venv\/bin\/|source <\(fashionmatch completion zsh)/;

/** What it shows is typed, and compared with what is printed, by a test of its own. */
const TOUR = 'docs/tour.md';

test('every command that the documents show works, typed in the order in which they stand there', async () => {
  const outcomes = [];
  for (const path of documents(root).filter((path) => path !== TOUR)) {
    const lines = shellLines(root, path).filter((line) => !RUN_ELSEWHERE.test(line) && canBeTyped(line));
    if (lines.length === 0) continue;
    await using place = await ExamplePlace.open();
    await place.type('fashionmatch embed');
    for (const line of lines) {
      const example = line.replace('npx fashionmatch', 'fashionmatch');
      outcomes.push({ path, ...(await place.type(example)) });
    }
  }
  expect(outcomes.length).toBeGreaterThan(25);
  expect(outcomes.filter(({ works }) => !works)).toEqual([]);
});
