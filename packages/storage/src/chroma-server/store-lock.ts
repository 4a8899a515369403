import { readFile, realpath, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { reasonOf, VectorStoreError, type Logger } from '@fashionmatch/domain';
import { lock } from 'proper-lockfile';

import { pollUntil } from './poll-until.js';
import { livenessOf } from './process-identity.js';
import { asHolder, describeHolder, holderSchema, type RunningServer, type StoreHolder } from './store-holder.js';
import { systemCode } from '../files/system-code.js';

export interface StoreLock {
  /** What a server may open; an absolute path. */
  readonly directory: string;
  /** Tells readers where the server is, and the next holder what to wait for. */
  publish(server: RunningServer): Promise<void>;
  release(): Promise<void>;
}

/** A holder shows this often that it lives, and counts as dead after so long a silence. */
const SIGN_INTERVAL_MS = 5_000;
const SILENCE_MS = 30_000;

/** The longest that taking or giving back the lock may keep others waiting, and be kept waiting. */
const GUARD_STALE_MS = 5_000;
const GUARD_RETRIES = { retries: 60, minTimeout: 20, maxTimeout: 250 };

/** How long a server whose starter has died may take to end: it gets 15 s for that itself. */
const ORPHAN_DEADLINE_MS = 20_000;

export interface StoreLockOptions {
  readonly access: StoreHolder['access'];
  readonly logger: Logger;
  /** Called when the lock was taken away from outside, such as by deleting the directory. */
  readonly onLost: (reason: string) => void;
  /** How long a holder that this process cannot see is watched for a sign of life; 30,000 ms unless given. */
  readonly silenceMs?: number | undefined;
}

/**
 * Takes the data directory for this process: two servers over one directory lose vectors.
 *
 * A holder that this process can see is known by process number and start time: while it runs it keeps the lock,
 * however long it has been silent (a suspended laptop, a stopped process); when it is gone the lock is taken over
 * at once, after its server has ended. One in another container, or on another host, is watched: it keeps the lock
 * when it shows a sign of life, whose time is compared with no clock of ours. The lock changes hands under a
 * second, short one, so that of two who find a dead holder one wins.
 *
 * @throws VectorStoreError `STORE_LOCKED`, which names the holder.
 */
export async function acquireStoreLock(
  directory: string,
  { access, logger, onLost, silenceMs = SILENCE_MS }: StoreLockOptions,
): Promise<StoreLock> {
  const root = await realpath(directory);
  const silentSince = await watchUnseenHolder(root, silenceMs, logger);
  const unlock = await underGuard(root, async () => {
    await clearTheWay(root, silentSince, logger);
    const release = await takeLock(root, onLost);
    await writeHolder(root, await asHolder(access));
    return release;
  });
  return {
    directory: root,
    publish: async (server) => {
      const holder = await readStoreHolder(root);
      if (holder !== undefined) await writeHolder(root, { ...holder, server });
    },
    release: () =>
      underGuard(root, async () => {
        await rm(holderFile(root), { force: true });
        await rm(wishFile(root), { force: true });
        // Whoever took the lock away has removed it already.
        await unlock().catch(() => undefined);
      }),
  };
}

/** Tells a reader that has the directory that somebody waits for it, until it is let go. */
export async function askForStore(directory: string): Promise<void> {
  await writeFile(wishFile(await realpath(directory)), '');
}

/**
 * Whether somebody waits for the directory: who has it only to read lets it go then. Who waited and was killed may have left
 * the wish behind; it ends with whoever has the directory, who then lets it go once in vain.
 */
export function isStoreWanted(directory: string): Promise<boolean> {
  return stat(wishFile(directory)).then(
    () => true,
    () => false,
  );
}

/** Leaves no trace of a lock in a folder that was moved while it was locked. */
export async function removeLock(directory: string): Promise<void> {
  await rm(holderFile(directory), { force: true });
  await rm(lockFolder(directory), { recursive: true, force: true });
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

/** When the lock's holder last showed that it lives, by its own clock; undefined when nobody has the lock. */
async function lastSign(root: string): Promise<number | undefined> {
  return stat(lockFolder(root)).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
}

/**
 * The last sign of a holder that cannot be seen and stayed silent; undefined when there is none such.
 *
 * @throws VectorStoreError `STORE_LOCKED` when it shows that it lives.
 */
async function watchUnseenHolder(root: string, silenceMs: number, logger: Logger): Promise<number | undefined> {
  const sign = await lastSign(root);
  const holder = await readStoreHolder(root);
  if (sign === undefined || (holder !== undefined && (await livenessOf(holder)) !== 'unknown')) return undefined;
  logger.info('Waiting for a sign of life of whoever has the store', { host: holder?.host, pid: holder?.pid });
  const hasMoved = await pollUntil(async () => (await lastSign(root)) !== sign, silenceMs);
  if (!hasMoved) return sign;
  if ((await lastSign(root)) !== undefined) throw lockedBy(await readStoreHolder(root), root);
  return undefined;
}

/** Takes the lock away from a holder that has ended, or is as silent as it was when it was watched. */
async function clearTheWay(root: string, silentSince: number | undefined, logger: Logger): Promise<void> {
  const sign = await lastSign(root);
  const holder = await readStoreHolder(root);
  const liveness = holder === undefined ? 'unknown' : await livenessOf(holder);
  if (liveness === 'running' || (liveness === 'unknown' && sign !== silentSince)) throw lockedBy(holder, root);
  if (holder?.server !== undefined) await outlive(holder.server);
  if (sign === undefined) return;
  logger.info('Taking over the store from a process that has ended', { pid: holder?.pid, since: holder?.since });
  await rmdir(lockFolder(root)).catch(() => undefined);
}

/** Waits for a server whose starter has died, and ends it when it takes too long. */
async function outlive(server: RunningServer): Promise<void> {
  const hasEnded = async (): Promise<boolean> => (await livenessOf(server)) !== 'running';
  if (await pollUntil(hasEnded, ORPHAN_DEADLINE_MS)) return;
  process.kill(server.pid, 'SIGKILL');
  await pollUntil(hasEnded, GUARD_STALE_MS);
}

async function takeLock(root: string, onLost: (reason: string) => void): Promise<() => Promise<void>> {
  try {
    return await lock(join(root, 'fashionmatch'), {
      realpath: false,
      stale: SILENCE_MS,
      update: SIGN_INTERVAL_MS,
      onCompromised: (error) => {
        onLost(reasonOf(error));
      },
    });
  } catch (thrown) {
    if (systemCode(thrown) === 'ELOCKED') throw lockedBy(await readStoreHolder(root), root);
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
    if (systemCode(thrown) === 'ELOCKED') throw lockedBy(await readStoreHolder(root), root);
    throw thrown;
  }
  try {
    return await run();
  } finally {
    await release().catch(() => undefined);
  }
}

export function lockedBy(holder: StoreHolder | undefined, root: string): VectorStoreError {
  return new VectorStoreError(
    'STORE_LOCKED',
    `The store in ${root} is in use by ${describeHolder(holder)}: wait until it has finished, or stop it`,
  );
}

async function writeHolder(root: string, holder: StoreHolder): Promise<void> {
  const temporary = `${holderFile(root)}.${String(process.pid)}.part`;
  await writeFile(temporary, JSON.stringify(holder, undefined, 2));
  await rename(temporary, holderFile(root));
}

const wishFile = (root: string): string => join(root, 'fashionmatch-wanted');
const holderFile = (root: string): string => join(root, 'fashionmatch-holder.json');
/** Where proper-lockfile keeps the lock: a folder, because making one is atomic on every file system. */
const lockFolder = (root: string): string => join(root, 'fashionmatch.lock');
