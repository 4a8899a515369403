/**
 * The program of the embedded server's process: `node chroma-server-process.js CACHE_DIR CHROMA_ARG…`.
 * Its own thread only watches; the server blocks a worker thread. It begins when something is written to
 * standard input, and ends, as Chroma ends on Ctrl-C, when standard input ends, which the system sees to
 * however the parent process dies.
 */
import { writeSync } from 'node:fs';
import { isMainThread, Worker } from 'node:worker_threads';

import { loadBindings, PATCHED_NOTE } from './chroma-bindings.js';

/** A signal sent before Chroma has installed its handler is lost, so it is repeated. */
const STOP_INTERVAL_MS = 100;

if (isMainThread) watch(process.argv.slice(2));
else serve(process.argv.slice(2));

function watch(argv: readonly string[]): void {
  let server: Worker | undefined;
  let stopping = false;
  const stop = (): void => {
    if (server === undefined) process.exit();
    if (stopping) return;
    stopping = true;
    const interrupt = (): boolean => process.kill(process.pid, 'SIGINT');
    interrupt();
    setInterval(interrupt, STOP_INTERVAL_MS);
  };
  process.on('SIGTERM', stop).on('SIGHUP', stop);
  // Chroma's handler comes later, in addition to this one: without it an early SIGINT would end the process half-way.
  process.on('SIGINT', () => undefined);

  process.stdin.on('end', stop).on('error', stop);
  process.stdin.once('data', () => {
    server = new Worker(new URL(import.meta.url), { argv: [...argv] });
    server.on('error', (error) => {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = 1;
    });
    server.on('exit', () => process.exit());
  });
}

function serve([cacheDirectory = '', ...argv]: readonly string[]): void {
  const { bindings, patchedFile } = loadBindings(cacheDirectory);
  // Not by console.log: what a worker logs waits for its event loop, which never comes round again.
  if (patchedFile !== undefined) writeSync(1, `${PATCHED_NOTE}${patchedFile}\n`);
  bindings.cli(['chroma', ...argv]);
}
