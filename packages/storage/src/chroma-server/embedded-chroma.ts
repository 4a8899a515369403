import { access as statAccess, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { reasonOf, VectorStoreError, type Logger } from '@fashionmatch/domain';

import { answersHeartbeat, LOOPBACK, spawnChromaServer, type ChromaServer } from './chroma-server.js';
import { pollUntil } from './poll-until.js';
import { identifyProcess, livenessOf, namespaceOf } from './process-identity.js';
import { acquireStoreLock, askForStore, readStoreHolder, type StoreLock } from './store-lock.js';
import { copyStore, refusedOr, requireAccess } from '../store-permissions.js';

export interface EmbeddedChromaOptions {
  readonly persistDirectory: string;
  readonly logger: Logger;
  /**
   * `write`, the default, takes the directory for itself. `read` joins the server of whoever has it,
   * and starts one only when there is none.
   */
  readonly access?: 'read' | 'write' | undefined;
  /** How long to wait for a reader to finish, or for a server that is just starting; 35,000 ms unless given. */
  readonly waitMs?: number | undefined;
  /** How often a server that has died is started again; once unless given. */
  readonly restarts?: number | undefined;
  /** Where a patched copy of the server goes when one is needed; `$XDG_CACHE_HOME/fashionmatch` unless given. */
  readonly cacheDirectory?: string | undefined;
}

/** A Chroma server on this machine that lives as long as it is needed. */
export interface EmbeddedChroma extends AsyncDisposable {
  readonly host: string;
  /** That it serves; an absolute path. */
  readonly directory: string;
  /** Changes when the server is started again. */
  readonly port: number;
  /**
   * For whoever found nobody at `failedPort`: a server that died is started again, as often as it may be; one
   * that was joined and has been closed since is replaced. Gives whether it is worth asking again.
   */
  revive(failedPort: number): Promise<boolean>;
}

/** The server in use; it is our own where there is a lock, and was joined where there is none. */
type Attachment =
  | { readonly port: number; readonly lock: StoreLock; readonly server: ChromaServer }
  | { readonly port: number; readonly lock?: never };

/** Who is killed while taking the lock leaves one that names nobody, and that counts for 30 s. */
const DEFAULT_WAIT_MS = 35_000;
const DEFAULT_RESTARTS = 1;
const WAIT_INTERVAL_MS = 100;

/** What Chroma says when the port that was free a moment ago has been taken. */
const PORT_TAKEN = 'is not available';
const START_ATTEMPTS = 3;

/** The broken connection is noticed before the end of the process. */
const EXIT_NOTICE_MS = 1_000;
const RESTART_DELAY_MS = 500;

/** Whether the directory has ever held a store. */
export async function hasEmbeddedStore(persistDirectory: string): Promise<boolean> {
  try {
    await statAccess(join(persistDirectory, 'chroma.sqlite3'));
    return true;
  } catch (thrown) {
    const refused = refusedOr(thrown);
    if (refused !== thrown) throw refused;
    return false;
  }
}

/**
 * Starts the Chroma server that comes with FashionMatch, or joins a running one. It listens on the
 * loopback address only, reports to nobody, and ends when it is disposed or this process dies.
 *
 * @throws FashionMatchError `PERMISSION_DENIED` when this user may not write, or not read, what is there.
 * @throws VectorStoreError `STORE_LOCKED` when another process has the directory; `STORE_UNREACHABLE`
 *   when the server cannot be started, or there is nothing to read.
 */
export async function openEmbeddedChroma(options: EmbeddedChromaOptions): Promise<EmbeddedChroma> {
  const directory = resolve(options.persistDirectory);
  if (options.access === 'read' && !(await hasEmbeddedStore(directory))) {
    throw new VectorStoreError(
      'STORE_UNREACHABLE',
      `There is no store in ${directory} yet: embed some images first, or check database.persist_directory`,
    );
  }
  try {
    await mkdir(directory, { recursive: true });
    await requireAccess(directory, options.access ?? 'write');
    const embedded = new EmbeddedServer(directory, options);
    await embedded.attach();
    return embedded;
  } catch (thrown) {
    throw refusedOr(thrown);
  }
}

class EmbeddedServer implements EmbeddedChroma {
  readonly host = LOOPBACK;
  readonly directory: string;
  readonly #access: 'read' | 'write';
  readonly #waitMs: number;
  readonly #cacheDirectory: string;
  readonly #logger: Logger;
  #attachment: Attachment | undefined;
  #restartsLeft: number;
  #reviving: Promise<boolean> | undefined;
  #closing: Promise<void> | undefined;

  constructor(directory: string, { access, waitMs, restarts, cacheDirectory, logger }: EmbeddedChromaOptions) {
    this.directory = directory;
    this.#access = access ?? 'write';
    this.#waitMs = waitMs ?? DEFAULT_WAIT_MS;
    this.#restartsLeft = restarts ?? DEFAULT_RESTARTS;
    this.#cacheDirectory = cacheDirectory ?? join(userCacheDirectory(), 'fashionmatch');
    this.#logger = logger;
  }

  get port(): number {
    return this.#attachment?.port ?? 0;
  }

  async attach(): Promise<void> {
    const deadline = performance.now() + this.#waitMs;
    for (;;) {
      const port = this.#access === 'read' ? await this.#findRunningServer() : undefined;
      try {
        this.#attachment = port === undefined ? await this.#startUnderLock() : { port };
        return;
      } catch (thrown) {
        const isLocked = thrown instanceof VectorStoreError && thrown.code === 'STORE_LOCKED';
        if (!isLocked || performance.now() > deadline || !(await this.#mayComeFree())) throw thrown;
        if (this.#access === 'write') await askForStore(this.directory);
      }
      await delay(WAIT_INTERVAL_MS);
    }
  }

  revive(failedPort: number): Promise<boolean> {
    if (this.#closing !== undefined) return Promise.resolve(false);
    if (failedPort !== this.port) return Promise.resolve(true);
    this.#reviving ??= this.#revive().finally(() => (this.#reviving = undefined));
    return this.#reviving;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #revive(): Promise<boolean> {
    const attachment = this.#attachment;
    if (attachment?.lock === undefined) {
      if (await answersHeartbeat(this.port)) return false;
      this.#logger.info('The Chroma server that was joined has ended: opening the store anew');
      await this.attach();
      return true;
    }
    const { server, lock } = attachment;
    const hasEnded = await pollUntil(() => !server.isRunning(), EXIT_NOTICE_MS);
    if (!hasEnded || this.#restartsLeft === 0) return false;
    this.#restartsLeft--;
    this.#logger.warn('The embedded Chroma server has died: starting it again');
    await delay(RESTART_DELAY_MS);
    this.#attachment = await this.#start(lock);
    return true;
  }

  async #close(): Promise<void> {
    await this.#reviving?.catch(() => undefined);
    const attachment = this.#attachment;
    if (attachment?.lock === undefined) return;
    await attachment.server.stop();
    await attachment.lock.release();
  }

  /** Port of the server that another process runs on the directory. */
  async #findRunningServer(): Promise<number | undefined> {
    const server = (await readStoreHolder(this.directory))?.server;
    const network = await namespaceOf('net');
    if (network === '' || server?.network !== network || (await livenessOf(server)) === 'gone') return undefined;
    return (await answersHeartbeat(server.port)) ? server.port : undefined;
  }

  /** Readers are done soon, and so is whoever is just opening or closing; a writer may take hours. */
  async #mayComeFree(): Promise<boolean> {
    const holder = await readStoreHolder(this.directory);
    return this.#access === 'read' || holder?.access !== 'write' || (await livenessOf(holder)) === 'gone';
  }

  async #startUnderLock(): Promise<Attachment> {
    const lock = await this.#takeLock();
    try {
      return await this.#start(lock);
    } catch (thrown) {
      await lock.release();
      throw thrown;
    }
  }

  /** Who may read only gets a copy, for a server writes where it reads. */
  async #takeLock(): Promise<StoreLock> {
    const mayWrite = requireAccess(this.directory, 'write').then(
      () => true,
      () => false,
    );
    if (this.#access === 'read' && !(await mayWrite)) {
      this.#logger.info('The store can be read and not written: a copy of it is searched', { store: this.directory });
      return copyStore(this.directory);
    }
    return acquireStoreLock(this.directory, {
      access: this.#access,
      logger: this.#logger,
      onLost: (reason) => {
        this.#onLockLost(reason);
      },
    });
  }

  async #start(lock: StoreLock): Promise<Attachment> {
    for (let attempt = 1; ; attempt++) {
      const server = await spawnChromaServer(lock.directory, {
        cacheDirectory: this.#cacheDirectory,
        logger: this.#logger,
      });
      try {
        // Published before it begins: whoever takes over after a crash must know what to wait for.
        const network = await namespaceOf('net');
        await lock.publish({ ...(await identifyProcess(server.pid)), port: server.port, network });
        await server.start();
        return { port: server.port, lock, server };
      } catch (thrown) {
        await server.stop();
        if (attempt === START_ATTEMPTS || !reasonOf(thrown).includes(PORT_TAKEN)) throw thrown;
      }
    }
  }

  /** Somebody else may open the directory now, and a second server over it would lose vectors. */
  #onLockLost(reason: string): void {
    this.#logger.error('The lock on the store was taken away: stopping the Chroma server', { reason });
    this.#restartsLeft = 0;
    if (this.#attachment?.lock !== undefined) this.#attachment.server.kill();
  }
}

/** XDG Base Directory Specification 0.8: a relative path in the variable is to be ignored. */
function userCacheDirectory(): string {
  const configured = process.env['XDG_CACHE_HOME'];
  return configured !== undefined && isAbsolute(configured) ? configured : join(homedir(), '.cache');
}
