import { readFile, realpath, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

import { reasonOf, VectorStoreError, type Logger } from '@fashionmatch/domain';
import { lock } from 'proper-lockfile';
import { z } from 'zod';

import { pollUntil } from './poll-until.js';
import { identifyProcess, livenessOf, processIdentitySchema, type Liveness } from './process-identity.js';

const serverSchema = processIdentitySchema.extend({ port: z.int().min(1).max(65_535) });

/** The server that runs on a data directory. */
export type RunningServer = z.infer<typeof serverSchema>;

const holderSchema = processIdentitySchema.extend({
  host: z.string(),
  /** When it took the lock, ISO 8601 in UTC. */
  since: z.string(),
  access: z.enum(['read', 'write']),
  server: serverSchema.optional(),
});

/** Who holds a data directory, as the file beside the lock says. */
export type StoreHolder = z.infer<typeof holderSchema>;

export interface StoreLock {
  /** Tells readers where the server is, and the next holder what to wait for. */
  publish(server: RunningServer): Promise<void>;
  release(): Promise<void>;
}

/** After this long without a sign of life, a holder on another host counts as dead. */
const STALE_MS = 30_000;

/** The longest that taking or giving back the lock may keep others waiting, and be kept waiting. */
const GUARD_STALE_MS = 5_000;
const GUARD_RETRIES = { retries: 60, minTimeout: 20, maxTimeout: 250 };

/** How long a server whose starter has died may take to end: it gets 15 s for that itself. */
const ORPHAN_DEADLINE_MS = 20_000;

/**
 * Takes the data directory for this process: two servers over one directory lose vectors.
 *
 * A holder on this host is known by process number and start time: while it runs it keeps the lock,
 * however long it has been silent (a suspended laptop, a stopped process); when it is gone the lock is
 * taken over at once, after its server has ended. A holder elsewhere keeps it while it shows signs of
 * life. All of that happens under a second, short lock, so that of two who find a dead holder one wins.
 *
 * @param onLost called when the lock was taken away from outside, such as by deleting the directory.
 * @throws VectorStoreError `STORE_LOCKED`, which names the holder.
 */
export async function acquireStoreLock(
  directory: string,
  { access, logger, onLost }: { access: StoreHolder['access']; logger: Logger; onLost: (reason: string) => void },
): Promise<StoreLock> {
  const root = await realpath(directory);
  const unlock = await underGuard(root, async () => {
    const holder = await readStoreHolder(root);
    if (holder !== undefined) await giveWayTo(holder, root, logger);
    const release = await takeLock(root, holder, onLost);
    await writeHolder(root, {
      ...(await identifyProcess(process.pid)),
      host: hostname(),
      since: new Date().toISOString(),
      access,
    });
    return release;
  });
  return {
    publish: async (server) => {
      const holder = await readStoreHolder(root);
      if (holder !== undefined) await writeHolder(root, { ...holder, server });
    },
    release: () =>
      underGuard(root, async () => {
        await rm(holderFile(root), { force: true });
        // Whoever took the lock away has removed it already.
        await unlock().catch(() => undefined);
      }),
  };
}

/** Who holds the directory, dead or alive; undefined when nobody does. */
export async function readStoreHolder(directory: string): Promise<StoreHolder | undefined> {
  const text = await readFile(holderFile(directory), 'utf8').catch(() => '');
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export async function livenessOfHolder(holder: StoreHolder): Promise<Liveness> {
  return holder.host === hostname() ? await livenessOf(holder) : 'unknown';
}

/** Clears the way when the holder is known to be gone. */
async function giveWayTo(holder: StoreHolder, root: string, logger: Logger): Promise<void> {
  const liveness = await livenessOfHolder(holder);
  if (liveness === 'running') throw lockedBy(holder, root);
  if (liveness === 'unknown') return;

  const { server } = holder;
  if (server !== undefined) {
    const hasEnded = async (): Promise<boolean> => (await livenessOf(server)) !== 'running';
    if (!(await pollUntil(hasEnded, ORPHAN_DEADLINE_MS))) {
      process.kill(server.pid, 'SIGKILL');
      await pollUntil(hasEnded, GUARD_STALE_MS);
    }
  }
  logger.info('Taking over the store from a process that has ended', { pid: holder.pid, since: holder.since });
  await rmdir(lockFolder(root)).catch(() => undefined);
}

async function takeLock(
  root: string,
  holder: StoreHolder | undefined,
  onLost: (reason: string) => void,
): Promise<() => Promise<void>> {
  try {
    return await lock(join(root, 'fashionmatch'), {
      realpath: false,
      stale: STALE_MS,
      onCompromised: (error) => {
        onLost(reasonOf(error));
      },
    });
  } catch (thrown) {
    if (isLocked(thrown)) throw lockedBy(holder, root);
    throw thrown;
  }
}

async function underGuard<T>(root: string, run: () => Promise<T>): Promise<T> {
  let release: () => Promise<void>;
  try {
    release = await lock(join(root, 'fashionmatch-guard'), {
      realpath: false,
      stale: GUARD_STALE_MS,
      retries: GUARD_RETRIES,
      onCompromised: () => undefined,
    });
  } catch (thrown) {
    if (isLocked(thrown)) throw lockedBy(await readStoreHolder(root), root);
    throw thrown;
  }
  try {
    return await run();
  } finally {
    await release().catch(() => undefined);
  }
}

function lockedBy(holder: StoreHolder | undefined, root: string): VectorStoreError {
  const who =
    holder === undefined ? 'another process' : `process ${String(holder.pid)} on ${holder.host}, since ${holder.since}`;
  return new VectorStoreError(
    'STORE_LOCKED',
    `The store in ${root} is in use by ${who}: wait until it has finished, or stop it`,
  );
}

async function writeHolder(root: string, holder: StoreHolder): Promise<void> {
  const temporary = `${holderFile(root)}.${String(process.pid)}.part`;
  await writeFile(temporary, JSON.stringify(holder, undefined, 2));
  await rename(temporary, holderFile(root));
}

const holderFile = (root: string): string => join(root, 'fashionmatch-holder.json');
/** Where proper-lockfile keeps the lock: a folder, because making one is atomic on every file system. */
const lockFolder = (root: string): string => join(root, 'fashionmatch.lock');

function isLocked(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'ELOCKED';
}
