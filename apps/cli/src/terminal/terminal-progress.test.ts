import { Writable } from 'node:stream';

import { expect, test } from '@jest/globals';
import headless from '@xterm/headless';

import { terminalProgress } from './terminal-progress.js';

const ROWS = 12;

/** A terminal, as it looks to whoever sits at it. */
function screen(columns = 100) {
  const emulator = new headless.Terminal({ cols: columns, rows: ROWS, allowProposedApi: true, convertEol: true });
  const stderr = Object.assign(
    new Writable({
      write: (chunk: Buffer, _, done) => {
        emulator.write(chunk, () => {
          done();
        });
      },
    }),
    { isTTY: true, columns, rows: ROWS },
  );
  const lines = async (): Promise<string[]> => {
    await new Promise((resolve) => stderr.end(resolve));
    const { active } = emulator.buffer;
    const all = Array.from({ length: active.length }, (_, i) => active.getLine(i)?.translateToString(true) ?? '');
    return all.filter((line) => line !== '');
  };
  return { stderr, lines, modes: () => emulator.modes };
}

/** Fewer lines than the screen has rows, and more of them. */
test.each([2, 30])('a bar and %i lines of a log leave each other alone, and what follows them', async (count) => {
  const { stderr, lines, modes } = screen();
  const terminal = { stdin: process.stdin, stdout: stderr, stderr, env: {} };
  const progress = terminalProgress(true, terminal);
  const logged = Array.from({ length: count }, (_, i) => `log line ${String(i)}`);
  progress.write('before\n');
  progress.report({ type: 'planned', source: 'references', total: count, work: count });
  for (const line of logged) {
    progress.write(`${line}\n`);
    progress.report({ type: 'advanced', source: 'references', items: 1, work: 1, outcome: 'processed' });
  }
  progress.close();
  progress.write('after\n');
  stderr.write('RESULTS\n');

  const shown = await lines();
  const bar = shown.find((line) => line.startsWith('Processing references'));
  expect(bar).toContain(`100% | ${String(count)}/${String(count)}`);
  expect(shown).toEqual(['before', ...logged, bar, 'after', 'RESULTS']);
  expect(modes().wraparoundMode).toBe(true);
});

test('a narrow terminal has a short bar and all that it is about', async () => {
  const { stderr, lines } = screen(76);
  const progress = terminalProgress(true, { stdin: process.stdin, stdout: stderr, stderr, env: {} });
  progress.report({ type: 'planned', source: 'scraped', total: 123_456, work: 123_456 });
  progress.close();
  expect(await lines()).toEqual(['Processing scraped items ░░░░ 0% | 0/123456']);
});
