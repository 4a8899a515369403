import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { createServer, Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { reasonOf, VectorStoreError, type Logger } from '@fashionmatch/domain';
import { z } from 'zod';

import { PATCHED_NOTE } from './chroma-bindings.js';
import { pollUntil } from './poll-until.js';

export const LOOPBACK = '127.0.0.1';

/** Large stores replay their log before they answer. */
const START_DEADLINE_MS = 60_000;

/** Chroma writes its index while it ends; cut short, the index may be torn. */
const STOP_DEADLINE_MS = 15_000;
const HEARTBEAT_DEADLINE_MS = 1_000;

/**
 * All that the server's process gets of the environment: variables that start with CHROMA_ or OTEL_
 * would make it listen elsewhere or report to others, and NODE_OPTIONS are meant for this process.
 */
const INHERITED = ['HOME', 'PATH', 'TMPDIR', 'TMP', 'TEMP', 'TZ', 'LD_LIBRARY_PATH', 'SystemRoot', 'USERPROFILE'];

/** A Chroma server in a process of its own. */
export interface ChromaServer {
  readonly pid: number;
  readonly port: number;
  readonly isRunning: () => boolean;
  /**
   * Lets it open the directory, and resolves when it answers.
   *
   * @throws VectorStoreError `STORE_UNREACHABLE` when it ends or stays silent instead.
   */
  readonly start: () => Promise<void>;
  /** Lets it end in order; kills it when it has not ended after 15 s. Can be called twice. */
  readonly stop: () => Promise<void>;
  readonly kill: () => void;
}

/**
 * Makes a server for a free port of the loopback address. It ends with this process, however that dies, and
 * touches nothing before {@link ChromaServer.start}: there is time to tell others of it.
 */
export async function spawnChromaServer(
  persistDirectory: string,
  { cacheDirectory, logger }: { cacheDirectory: string; logger: Logger },
): Promise<ChromaServer> {
  const port = await freePort();
  const logPath = join(persistDirectory, 'fashionmatch-server.log');
  const child = await spawnDetached(logPath, [
    ...[cacheDirectory, 'run'],
    ...['--path', persistDirectory, '--host', LOOPBACK, '--port', String(port)],
  ]);
  const { pid } = child;
  if (pid === undefined) throw unreachable('could not be started', logPath);

  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;

  return {
    pid,
    port,
    isRunning,
    start: async () => {
      child.stdin?.write('start\n');
      const answered = await pollUntil(async () => !isRunning() || (await answersHeartbeat(port)), START_DEADLINE_MS);
      // A heartbeat may be another server's, when ours could not have the port.
      const log = await readFile(logPath, 'utf8').catch(() => '');
      const end = child.signalCode ?? `exit code ${String(child.exitCode)}`;
      if (!isRunning()) throw unreachable(`ended at once (${causeIn(log) || end})`, logPath);
      if (!answered) throw unreachable(`did not answer within ${String(START_DEADLINE_MS / 1000)} s`, logPath);
      if (log.startsWith(PATCHED_NOTE)) {
        const file = log.slice(PATCHED_NOTE.length, log.indexOf('\n'));
        logger.info('Chroma asks for a newer C library than this system has: its server runs from a patched copy', {
          file,
        });
      }
    },
    stop: async () => {
      child.stdin?.end();
      if (await pollUntil(() => !isRunning(), STOP_DEADLINE_MS)) return;
      logger.warn('The Chroma server did not end in time and is killed', { pid });
      child.kill('SIGKILL');
      await pollUntil(() => !isRunning(), STOP_DEADLINE_MS);
    },
    kill: () => child.kill('SIGKILL'),
  };
}

/** Whether a Chroma server answers on the port. */
export async function answersHeartbeat(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://${LOOPBACK}:${String(port)}/api/v2/heartbeat`, {
      signal: AbortSignal.timeout(HEARTBEAT_DEADLINE_MS),
    });
    return z.object({ 'nanosecond heartbeat': z.number() }).safeParse(await response.json()).success;
  } catch {
    return false;
  }
}

/**
 * Detached, so that Ctrl-C on the terminal does not reach the server before we have finished with it,
 * and with its output in a file: a pipe that nobody reads would stop it in the end.
 */
async function spawnDetached(logPath: string, argv: readonly string[]): Promise<ChildProcess> {
  const log = await open(logPath, 'w');
  try {
    const program = fileURLToPath(new URL('../../dist/chroma-server/chroma-server-process.js', import.meta.url));
    const child = spawn(process.execPath, [program, ...argv], {
      detached: true,
      windowsHide: true,
      stdio: ['pipe', log.fd, log.fd],
      env: Object.fromEntries(INHERITED.map((name) => [name, process.env[name]])),
    });
    await once(child, 'spawn');
    // A program that forgets to close the store can end all the same, and the server with it.
    child.unref();
    if (child.stdin instanceof Socket) child.stdin.unref();
    child.on('error', () => undefined);
    child.stdin?.on('error', () => undefined);
    return child;
  } finally {
    await log.close();
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, LOOPBACK);
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  if (address === null || typeof address === 'string') throw new RangeError('A TCP server has no port');
  return address.port;
}

/** The line that tells why: a panic's first, which is followed by less telling ones, else the last. */
function causeIn(log: string): string {
  const lines = log.trimEnd().split('\n');
  return reasonOf(lines.find((line) => line.includes('Error')) ?? lines.at(-1) ?? '');
}

function unreachable(what: string, logPath: string): VectorStoreError {
  return new VectorStoreError('STORE_UNREACHABLE', `The embedded Chroma server ${what}; its log is ${logPath}`);
}
