import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const MOST_LINES = limitOf('CONTRIBUTING.md');
const CODE = /\.(?:ts|mts|cts|js|mjs|cjs|css|html|sh)$|^\.ci\/|(?:^|\/)Dockerfile$/;

/** What contributors are told is what is held. */
function limitOf(document: string): number {
  return Number(/at most\s+(\d+)\s+lines/.exec(readFileSync(join(ROOT, document), 'utf8'))?.[1]);
}

function codeOutsideTests(): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: ROOT });
  return listed
    .toString()
    .split('\n')
    .filter((path) => CODE.test(path) && !path.includes('.test.'));
}

function lines(path: string): number {
  return readFileSync(join(ROOT, path), 'utf8').split('\n').length - 1;
}

test(`no file of code outside tests is longer than ${MOST_LINES} lines`, () => {
  const files = codeOutsideTests();
  expect(MOST_LINES).toBeLessThanOrEqual(300);
  expect(files.length).toBeGreaterThan(300);
  expect(files).toEqual(
    expect.arrayContaining([
      'apps/cli/src/server/page/page.js',
      'packages/domain/src/testing/vector-store-contract.ts',
    ]),
  );
  expect(files.filter((path) => lines(path) > MOST_LINES)).toEqual([]);
});
