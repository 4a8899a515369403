import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { FashionMatchError, reasonOf, type Logger } from '@fashionmatch/domain';
import { parseArgsStringToArgv } from 'string-argv';

import { jsonText } from '../documents/json-text.js';
import { withoutSecrets } from '../terminal/secrets.js';

/** What has not ended by then is ended. */
const DEADLINE_MS = 60_000;
/** So much of what a program complains of is told. */
const TOLD_CHARACTERS = 500;

export interface FinishHookOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly logger: Logger;
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
  const [program, ...args] = parseArgsStringToArgv(command);
  if (program === undefined || program === '') {
    throw new FashionMatchError('USAGE_INVALID', '--on-finish names no program: give one such as "./tell.sh --all".');
  }
  return async (document) => {
    const reason = await run(program, args, document, options);
    if (reason !== undefined) options.logger.warn(`--on-finish: ${program} ${reason}`);
  };
}

/** @returns what went wrong, if anything did. */
async function run(
  program: string,
  args: readonly string[],
  document: object,
  { env, deadlineMs = DEADLINE_MS }: FinishHookOptions,
): Promise<string | undefined> {
  const child = spawn(program, args, {
    env: withoutSecrets(env),
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const deadline = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
  let told = '';
  child.stderr.on('data', (chunk: Buffer) => {
    if (told.length < TOLD_CHARACTERS) told += chunk.toString();
  });
  // One that does not read its input is none the worse for that.
  child.stdin.on('error', () => undefined);
  child.stdin.end(`${jsonText(document)}\n`);
  try {
    // Not 'close': what it has started may go on and keep its outputs open.
    await once(child, 'exit');
  } catch (thrown) {
    return `cannot be started: ${reasonOf(thrown)}`;
  } finally {
    clearTimeout(deadline);
  }
  child.stderr.destroy();
  const complaint = told.trim() === '' ? '' : `: ${reasonOf(told.slice(0, TOLD_CHARACTERS))}`;
  if (child.signalCode !== null)
    return `was ended after ${String(deadlineMs / 1_000)} s (${child.signalCode})${complaint}`;
  return child.exitCode === 0 ? undefined : `ended with ${String(child.exitCode)}${complaint}`;
}
