import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { hasPseudoTerminal, inTerminal } from './running/pseudo-terminal.js';
import { PHOTOGRAPH, SampleSearch } from './running/sample-search.js';

const QUESTION = '\u001b[16t\u001b[c';
const SEARCH = `fashionmatch search ${PHOTOGRAPH} -k 3`;
const ATTRIBUTES = { sixel: '\u001b[6;20;10t\u001b[?62;4;22c', plain: '\u001b[?1;2c' };

let samples: SampleSearch;

beforeAll(async () => {
  samples = await SampleSearch.open();
});

afterAll(async () => {
  await samples[Symbol.asyncDispose]();
});

/** A terminal that says what it is when it is asked. */
const answering =
  (attributes: string) =>
  (sent: string): string | undefined =>
    sent.includes(QUESTION) ? attributes : undefined;

const count = (text: string, part: string): number => text.split(part).length - 1;

const describeHere = hasPseudoTerminal() ? describe : describe.skip;

describeHere('in a terminal, search', () => {
  test('shows sixels where it is told that these are understood, as large as their place', async () => {
    const { sent, isRestored } = await inTerminal(SEARCH, samples.folder, { answer: answering(ATTRIBUTES.sixel) });
    expect(count(sent, QUESTION)).toBe(1);
    expect(count(sent, '\u001bP0;1;q"1;1;120;120#')).toBe(3);
    const below = sent.slice(sent.lastIndexOf('\u001b8'));
    expect(below).toMatch(/\r#1 1\.000 {6}#2 0\.\d{3} {6}#3 0\.\d{3}\r\n\r\n# +score /);
    expect(isRestored).toBe(true);
  });

  test.each([
    ['says that it shows none', answering(ATTRIBUTES.plain)],
    ['says nothing', () => undefined],
  ])('prints its table alone where the terminal %s', async (_, answer) => {
    const { sent, isRestored } = await inTerminal(SEARCH, samples.folder, { answer });
    expect(count(sent, QUESTION)).toBe(1);
    expect(sent.replace(QUESTION, '').trim()).toMatch(/^# +score .*\r\n1 .*\r\n2 .*\r\n3 .*$/);
    expect(isRestored).toBe(true);
  });

  test('asks no terminal that is known', async () => {
    const kitty = await inTerminal(SEARCH, samples.folder, { env: { TERM: 'xterm-kitty' } });
    expect([count(kitty.sent, QUESTION), count(kitty.sent, '\u001b_Ga=T,f=100,')]).toEqual([0, 3]);
    const iterm2 = await inTerminal(SEARCH, samples.folder, { env: { TERM_PROGRAM: 'iTerm.app' } });
    expect([count(iterm2.sent, QUESTION), count(iterm2.sent, '\u001b]1337;File=')]).toEqual([0, 3]);
    const tmux = await inTerminal(SEARCH, samples.folder, { env: { TERM: 'xterm-kitty', TMUX: '/tmp/tmux' } });
    expect(tmux.sent.trim()).toMatch(/^# +score .*\r\n1 .*\r\n2 .*\r\n3 .*$/);
  });

  test('puts no picture into a document, a list of paths or a pipe', async () => {
    const line = [`${SEARCH} --json`, `${SEARCH} -f`, `${SEARCH} | cat`, `${SEARCH} --pictures none`].join('\n');
    const { sent } = await inTerminal(line, samples.folder, { env: { TERM: 'xterm-kitty' } });
    expect(sent).toMatch(/^3 /m);
    expect(sent).not.toMatch(/\u001b_G|\u001b[78]/);
    const asked = await samples.search(PHOTOGRAPH, '-k', '3', '--pictures', 'kitty');
    expect(asked.stderr).toBe(
      'Standard output is no terminal, and shows no pictures: --html writes a page with them.\n',
    );
    expect(asked.stdout).not.toContain('\u001b');
  });

  test('is stopped by Ctrl-C while it waits for an answer, and leaves the terminal as it was', async () => {
    const answer = (sent: string): string | undefined => (sent.includes(QUESTION) ? '\u0003' : undefined);
    const { sent, isRestored } = await inTerminal(`${SEARCH}; echo "ended with $?"`, samples.folder, { answer });
    expect(sent).toContain('ended with 130');
    expect(sent).not.toContain('score');
    expect(isRestored).toBe(true);
  });

  test('asks nothing from behind another job, which would stop it', async () => {
    const { sent, isRestored } = await inTerminal(`set -m\n${SEARCH} &\nwait`, samples.folder);
    expect(sent).not.toContain(QUESTION);
    expect(sent).toMatch(/# +score /);
    expect(isRestored).toBe(true);
  });
});
