import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What users start. */
export const COMMAND_LINE = fileURLToPath(new URL('../../../../apps/cli/bin/fashionmatch.cjs', import.meta.url));

/** Settings of the encoders that need no download. */
export const BUILT_IN = {
  FASHIONMATCH_MODELS__CLIP_MODEL: 'builtin/colour-layout',
  FASHIONMATCH_MODELS__DINO_MODEL: 'builtin/structure',
};

export interface Outcome {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The built command line, run in a folder of its own and with an environment that no developer's settings reach.
 * A wrapper, such as `['nice']`, is a command that starts it and becomes it.
 */
export class FashionmatchProcess {
  readonly child: ChildProcess;
  readonly #outcome: Promise<Outcome>;

  constructor(
    args: readonly string[],
    workingDirectory: string,
    env: Readonly<Record<string, string>> = {},
    wrapper: readonly string[] = [],
  ) {
    const { PATH = '', HOME = '' } = process.env;
    const [program = process.execPath, ...programArgs] = [...wrapper, process.execPath, COMMAND_LINE, ...args];
    this.child = spawn(program, programArgs, {
      cwd: workingDirectory,
      env: { PATH, HOME, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#outcome = this.#watch();
  }

  get outcome(): Promise<Outcome> {
    return this.#outcome;
  }

  async #watch(): Promise<Outcome> {
    const [stdout, stderr]: Buffer[][] = [[], []];
    this.child.stdout?.on('data', (chunk: Buffer) => stdout?.push(chunk));
    this.child.stderr?.on('data', (chunk: Buffer) => stderr?.push(chunk));
    await once(this.child, 'close');
    const text = (chunks: Buffer[] = []): string => Buffer.concat(chunks).toString();
    const { exitCode, signalCode: signal } = this.child;
    return { exitCode, signal, stdout: text(stdout), stderr: text(stderr) };
  }
}

export function fashionmatch(
  args: readonly string[],
  workingDirectory: string,
  env?: Readonly<Record<string, string>>,
): Promise<Outcome> {
  return new FashionmatchProcess(args, workingDirectory, env).outcome;
}
