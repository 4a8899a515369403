import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from '@jest/globals';
import { ESLint } from 'eslint';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const RULES = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8');
const MOST_LINES = limit(/at most\s+(\d+)\s+lines/);
const MOST_FILES = limit(/a\s+folder\s+at\s+most\s+(\d+)\s+files/);
const CODE = /\.(?:tsx?|mts|cts|js|mjs|cjs|css|html|sh)$|^\.ci\/|(?:^|\/)Dockerfile$/;

/** What contributors are told is what is held. */
function limit(rule: RegExp): number {
  return Number(rule.exec(RULES)?.[1]);
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
      'apps/cli/src/server/page/app.tsx',
      'packages/domain/src/testing/vector-store-contract.ts',
    ]),
  );
  expect(files.filter((path) => lines(path) > MOST_LINES)).toEqual([]);
});

test(`no folder has more than ${MOST_FILES} files of code beside its tests`, () => {
  const counts = new Map<string, number>();
  for (const path of codeOutsideTests()) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
  expect(MOST_FILES).toBeLessThanOrEqual(20);
  expect(counts.get('apps/cli/src/commands')).toBeGreaterThan(10);
  expect([...counts].filter(([, count]) => count > MOST_FILES)).toEqual([]);
});

test('a function may have as many lines for ESLint as contributors are told', async () => {
  const eslint = new ESLint({ cwd: ROOT });
  const settingsOf = (path: string): Promise<unknown> => eslint.calculateConfigForFile(join(ROOT, path));
  const held = { rules: { 'max-lines-per-function': [2, { max: limit(/a\s+function\s+has\s+at\s+most\s+(\d+)/) }] } };
  expect(await settingsOf('apps/cli/src/run.ts')).toMatchObject(held);
  expect(await settingsOf('packages/domain/src/index.ts')).toMatchObject(held);
  expect(await settingsOf('tools/src/demo.ts')).toMatchObject(held);
});
