import { tmpdir } from 'node:os';

import { expect, test } from '@jest/globals';

import { canBeTyped, ExamplePlace } from './running/example-place.js';
import { fashionmatch } from './running/fashionmatch-process.js';

/** They change nothing that others read: their examples run side by side. */
const SIDE_BY_SIDE = ['search', 'serve', 'duplicates', 'eval', 'status', 'models', 'doctor', 'config', 'completion'];

/** Every example in the help of every command, in the order in which they stand there. */
async function examples(): Promise<Map<string, string[]>> {
  const { stdout: help } = await fashionmatch(['--help'], tmpdir());
  const list = /\nCommands:\n(.*)$/s.exec(help)?.[1] ?? '';
  const commands = [...list.matchAll(/^ {2}(\w+)/gm)].map(([, name = '']) => name);
  const found = commands.map(async (command) => {
    const { stdout } = await fashionmatch([command, '--help'], tmpdir());
    const lines = /^Examples:\n((?: {2}.+\n)+)/.exec(stdout)?.[1] ?? '';
    return [command, lines.split('\n').flatMap((line) => line.trim() || [])] as const;
  });
  return new Map(await Promise.all(found));
}

async function expectToWork(place: ExamplePlace, example: string): Promise<void> {
  expect(await place.type(example)).toMatchObject({ works: true });
}

test('the help of each command has examples, and each of them works', async () => {
  await using place = await ExamplePlace.open();
  const startedAt = performance.now();
  const all = await examples();
  expect(all.size).toBeGreaterThan(10);
  for (const [command, lines] of all) {
    expect({ command, hasExamples: lines.length > 0 }).toEqual({ command, hasExamples: true });
    const typed = lines.filter(canBeTyped);
    if (SIDE_BY_SIDE.includes(command)) await Promise.all(typed.map((example) => expectToWork(place, example)));
    else for (const example of typed) await expectToWork(place, example);
  }
  process.stdout.write(`Examples took ${((performance.now() - startedAt) / 1_000).toFixed(1)} s\n`);
});
