import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const DEADLINE_MS = 5 * 60_000;
const MAX_OUTPUT_BYTES = 32 * 2 ** 20;

const run = promisify(execFile);

/** Runs a program to its end. @returns its standard output. @throws with all that it said when it fails. */
export async function output(program: string, args: readonly string[], directory: string): Promise<string> {
  try {
    const options = { cwd: directory, timeout: DEADLINE_MS, maxBuffer: MAX_OUTPUT_BYTES };
    return (await run(program, args, options)).stdout;
  } catch (error) {
    const said = error instanceof Error && 'stdout' in error && 'stderr' in error ? [error.stdout, error.stderr] : [];
    throw new Error(`${program} ${args.join(' ')} failed:\n${said.join('\n')}`, { cause: error });
  }
}
