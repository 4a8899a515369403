import { once } from 'node:events';

import { FashionmatchProcess } from './fashionmatch-process.js';

export interface StartedServe {
  /** End it with a signal. */
  readonly server: FashionmatchProcess;
  readonly url: string;
  /** What it has said on standard error. */
  readonly told: () => string;
}

/** Starts `fashionmatch serve` on a free port, and waits until it answers. */
export async function startServe(
  args: readonly string[],
  workingDirectory: string,
  env: Readonly<Record<string, string>>,
): Promise<StartedServe> {
  const server = new FashionmatchProcess(['serve', '--port', '0', '--json', ...args], workingDirectory, env);
  const { stdout, stderr } = server.child;
  if (stdout === null || stderr === null) throw new Error('The server has no output');
  let told = '';
  stderr.on('data', (chunk: Buffer) => (told += chunk.toString()));
  const ended = async (): Promise<never> => {
    const { exitCode, stderr: reason } = await server.outcome;
    throw new Error(`The server ended with ${String(exitCode)}: ${reason}`);
  };
  const first = await Promise.race([once(stdout, 'data'), ended()]);
  return { server, url: urlIn(first.join('')), told: () => told };
}

function urlIn(line: string): string {
  const document: unknown = JSON.parse(line);
  if (typeof document === 'object' && document !== null && 'url' in document) return String(document.url);
  throw new Error(`The server did not tell its address: ${line}`);
}
