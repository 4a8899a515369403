import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';

import { FashionMatchError, reasonOf, type Logger } from '@fashionmatch/domain';
import pTimeout from 'p-timeout';
import { parseArgsStringToArgv } from 'string-argv';

import { jsonText } from '../documents/json-text.js';
import { withoutSecrets } from '../terminal/secrets.js';

/** What has not ended by then is ended. */
const DEADLINE_MS = 60_000;
/** So long after a stop a program is asked to end, and ended: the whole command has 4.5 s to come to its end. */
const AFTER_STOP_MS = { SIGTERM: 2_000, SIGKILL: 3_000 } as const;
/** What a program has started may go on and keep its outputs open: so long its last words are waited for. */
const LAST_WORDS_MS = 500;
/** So much of what a program complained of last is told: as much as fits a reason. */
const TOLD_CHARACTERS = 300;

export interface FinishHookOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly logger: Logger;
  /** Aborted when the command is to come to its end. */
  readonly signal: AbortSignal;
  readonly deadlineMs?: number;
}

/** Runs a program with a document on its standard input. What goes wrong with it is a warning. */
export type FinishHook = (document: object) => Promise<void>;

/**
 * A program that is told of finished runs. Its words are taken apart as a shell would, and no shell runs: nothing in
 * them is looked up or replaced.
 *
 * @throws FashionMatchError `USAGE_INVALID` when no program is named.
 */
export function finishHook(command: string, options: FinishHookOptions): FinishHook {
  const { env, logger, signal, deadlineMs = DEADLINE_MS } = options;
  const [program, ...args] = parseArgsStringToArgv(command);
  if (program === undefined || program === '') {
    throw new FashionMatchError('USAGE_INVALID', '--on-finish names no program: give one such as "./tell.sh --all".');
  }
  const why = ', for the watch was stopped';
  const asked: Ending = { when: after(signal, AFTER_STOP_MS.SIGTERM), kill: 'SIGTERM', why };
  const ended: Ending = { when: after(signal, AFTER_STOP_MS.SIGKILL), kill: 'SIGKILL', why };
  return async (document) => {
    const late: Ending = {
      when: AbortSignal.timeout(deadlineMs),
      kill: 'SIGKILL',
      why: ` after ${String(deadlineMs / 1_000)} s`,
    };
    const reason = asked.when.aborted
      ? `was not started${why}`
      : await run([program, ...args], document, { env, endings: [asked, ended, late] });
    if (reason !== undefined) logger.warn(`--on-finish: ${program} ${reason}`);
  };
}

/** What ends a program that does not end by itself. */
interface Ending {
  readonly when: AbortSignal;
  readonly kill: NodeJS.Signals;
  readonly why: string;
}

/** Aborted so many milliseconds after another. */
function after(signal: AbortSignal, milliseconds: number): AbortSignal {
  const later = new AbortController();
  const begin = (): void => {
    setTimeout(() => {
      later.abort();
    }, milliseconds).unref();
  };
  if (signal.aborted) begin();
  else signal.addEventListener('abort', begin, { once: true });
  return later.signal;
}

interface RunOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly endings: readonly Ending[];
}

/** @returns what went wrong, if anything did. */
async function run(
  [program, ...args]: readonly [string, ...string[]],
  document: object,
  { env, endings }: RunOptions,
): Promise<string | undefined> {
  const child = spawn(program, args, {
    env: withoutSecrets(env),
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const over = new AbortController();
  let why = '';
  for (const ending of endings) {
    const end = (): void => {
      if (child.kill(ending.kill)) why ||= ending.why;
    };
    ending.when.addEventListener('abort', end, { signal: over.signal });
  }
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-TOLD_CHARACTERS - 1);
  });
  // One that does not read its input is none the worse for that.
  child.stdin.on('error', () => undefined);
  child.stdin.end(`${jsonText(document)}\n`);
  try {
    await once(child, 'exit');
  } catch (thrown) {
    return `cannot be started: ${reasonOf(thrown)}`;
  } finally {
    over.abort();
  }
  const said = finished(child.stderr).catch(() => undefined);
  await pTimeout(said, { milliseconds: LAST_WORDS_MS, fallback: () => undefined });
  child.stderr.destroy();
  const { exitCode, signalCode } = child;
  if (exitCode === 0) return undefined;
  const how = signalCode === null ? `ended with ${String(exitCode)}` : `was ended by ${signalCode}`;
  return `${how}${why}${complaint(words)}`;
}

/** The end of what a program said, where it said anything. */
function complaint(words: string): string {
  if (words.trim() === '') return '';
  return `: ${reasonOf(words.length > TOLD_CHARACTERS ? `…${words.slice(1 - TOLD_CHARACTERS)}` : words)}`;
}
