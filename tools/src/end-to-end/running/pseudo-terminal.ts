import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

import { BUILT_IN, COMMAND_LINE } from './fashionmatch-process.js';

/** Whether this machine has the program of util-linux that runs another one in a terminal. */
export const hasPseudoTerminal = (): boolean =>
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout.includes('util-linux');

export interface TerminalRun {
  readonly env?: Readonly<Record<string, string>>;
  /** What the terminal sends when it is sent something, if anything. */
  readonly answer?: (sent: string) => string | undefined;
}

export interface TerminalOutcome {
  /** All that the terminal was sent, with its own line ends. */
  readonly sent: string;
  /** Whether it is as it was before: echo, line by line, and so on. */
  readonly isRestored: boolean;
}

const SETTINGS = /settings=(\S+)/g;

/** Types lines into a shell in a terminal of 80 columns; `fashionmatch` is the built command. */
export async function inTerminal(
  lines: string,
  folder: string,
  { env = {}, answer = () => undefined }: TerminalRun = {},
): Promise<TerminalOutcome> {
  const settings = 'echo "settings=$(stty -g)"';
  const command = `fashionmatch() { '${process.execPath}' '${COMMAND_LINE}' "$@"; }`;
  const shell = ['stty cols 80 rows 40', settings, command, lines, settings].join('\n');
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn('script', ['-qec', shell, '/dev/null'], {
    cwd: folder,
    env: { PATH, HOME, SHELL: '/bin/bash', TERM: 'xterm-256color', ...BUILT_IN, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let sent = '';
  child.stdout.on('data', (chunk: Buffer) => {
    sent += chunk.toString();
    const said = answer(chunk.toString());
    if (said !== undefined) child.stdin.write(said);
  });
  await once(child, 'close');
  const [before, after] = Array.from(sent.matchAll(SETTINGS), ([, found]) => found);
  return { sent: sent.replace(SETTINGS, ''), isRestored: before !== undefined && before === after };
}
