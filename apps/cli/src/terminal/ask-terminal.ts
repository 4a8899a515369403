import { readFileSync } from 'node:fs';

import pTimeout from 'p-timeout';

/** What is asked of the streams that a terminal is: those of the process, or of a test. */
export interface AskedTerminal {
  readonly stdin: NodeJS.ReadableStream & { setRawMode(isRaw: boolean): unknown };
  readonly stdout: NodeJS.WritableStream;
}

/** What a terminal says of itself. */
export interface TerminalAnswer {
  readonly showsSixel: boolean;
  /** Pixels of a character cell, where it says so. */
  readonly cell: { readonly width: number; readonly height: number } | undefined;
}

/** How large a cell is, which many do not answer, and what the terminal is (DA1), which all of them do: after that comes no more. */
const QUESTION = '\u001b[16t\u001b[c';
const [ATTRIBUTES, CELL] = [/\u001b\[\?([\d;]+)c/, /\u001b\[6;(\d{1,3});(\d{1,3})t/];
const SIXEL_ATTRIBUTE = '4';
/** What else stands in the way is typing, of which there is not that much. */
const MOST_CHARACTERS = 4_096;
const INTERRUPT = '\u0003';

/** Terminals answer within milliseconds, those behind a slow line within tenths of a second. */
const PATIENCE_MS = 500;

/**
 * Asks a terminal what it can do. It is as it was before when that is known, or the time has run out.
 *
 * @returns undefined when it does not answer.
 */
export async function askTerminal(
  { stdin, stdout }: AskedTerminal,
  patienceMs = PATIENCE_MS,
): Promise<TerminalAnswer | undefined> {
  let said = '';
  let onData: (chunk: Buffer | string) => void = () => undefined;
  const answered = new Promise<void>((resolve) => {
    onData = (chunk) => {
      said += chunk.toString();
      if (ATTRIBUTES.test(said) || said.includes(INTERRUPT) || said.length > MOST_CHARACTERS) resolve();
    };
  });
  // What it answers is not shown, and does not wait for the end of a line.
  stdin.setRawMode(true);
  try {
    stdin.on('data', onData);
    stdin.resume();
    stdout.write(QUESTION);
    await pTimeout(answered, { milliseconds: patienceMs, fallback: () => undefined });
  } finally {
    stdin.off('data', onData);
    stdin.pause();
    stdin.setRawMode(false);
  }
  // Meanwhile Ctrl-C was a character like any other.
  if (said.includes(INTERRUPT)) process.kill(process.pid, 'SIGINT');
  return answerIn(said);
}

function answerIn(said: string): TerminalAnswer | undefined {
  const [, attributes] = ATTRIBUTES.exec(said) ?? [];
  if (attributes === undefined) return undefined;
  const [height = 0, width = 0] = (CELL.exec(said) ?? []).slice(1).map(Number);
  const cell = height > 0 && width > 0 ? { width, height } : undefined;
  return { showsSixel: attributes.split(';').includes(SIXEL_ATTRIBUTE), cell };
}

/** Where the shell has another job in front, asking would stop this process until it is called back. */
export function isInForeground(): boolean {
  try {
    // After the name of the program: state, parent, group, session, terminal, and the group that the terminal listens to.
    const [, , group, , , foreground] = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return group === foreground;
  } catch {
    // No Linux, which does not tell.
    return true;
  }
}
