import { PassThrough } from 'node:stream';

import { describe, expect, test } from '@jest/globals';

import { askTerminal } from './ask-terminal.js';

/** A terminal that answers a question with what it is given, in pieces; `modes` are those it was put into. */
function terminalThat(...answers: string[]) {
  const modes: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), { setRawMode: (isRaw: boolean) => modes.push(isRaw) });
  const stdout = new PassThrough();
  const asked: string[] = [];
  stdout.on('data', (chunk: Buffer) => {
    asked.push(chunk.toString());
    for (const answer of answers) setImmediate(() => stdin.write(answer));
  });
  return { stdin, stdout, modes, asked };
}

const PATIENT = 60_000;
const NOT_PATIENT = 20;

describe('a terminal', () => {
  test.each([
    ['of sixels that tells its cells', ['\u001b[6;20;10t\u001b[?62;4;22c'], true, { width: 10, height: 20 }],
    ['of sixels that does not tell its cells', ['\u001b[?62;22;4c'], true, undefined],
    ['that answers in pieces', ['\u001b[6;20', ';10t\u001b', '[?6', '4;4', 'c'], true, { width: 10, height: 20 }],
    ['without sixels', ['\u001b[?1;2c'], false, undefined],
    ['whose numbers have a 4 in them', ['\u001b[?64;14;42c'], false, undefined],
    ['whose user types meanwhile', ['ls\r\u001b[6;0;0t', 'x\u001b[?4cy'], true, undefined],
  ])('%s is known at once', async (_, answers, showsSixel, cell) => {
    const { modes, asked, ...terminal } = terminalThat(...answers);
    expect(await askTerminal(terminal, PATIENT)).toEqual({ showsSixel, cell });
    expect(asked).toEqual(['\u001b[16t\u001b[c']);
    expect(modes).toEqual([true, false]);
    expect(terminal.stdin.listenerCount('data')).toBe(0);
    expect(terminal.stdin.isPaused()).toBe(true);
  });

  test.each([
    ['says nothing', []],
    ['says something else', ['\u001b[6;20;10t']],
  ])('that %s is left as it was when the time has run out', async (_, answers) => {
    const { modes, ...terminal } = terminalThat(...answers);
    expect(await askTerminal(terminal, NOT_PATIENT)).toBeUndefined();
    expect(modes).toEqual([true, false]);
    expect(terminal.stdin.listenerCount('data')).toBe(0);
  });

  test('that sends without end is not listened to for long', async () => {
    const { modes, ...terminal } = terminalThat('x'.repeat(5_000));
    expect(await askTerminal(terminal, PATIENT)).toBeUndefined();
    expect(modes).toEqual([true, false]);
  });

  test('is left as it was when it cannot be written to', async () => {
    const { modes, stdin } = terminalThat();
    const stdout = Object.assign(new PassThrough(), {
      write: () => {
        throw new Error('gone');
      },
    });
    await expect(askTerminal({ stdin, stdout }, PATIENT)).rejects.toThrow('gone');
    expect(modes).toEqual([true, false]);
  });
});
