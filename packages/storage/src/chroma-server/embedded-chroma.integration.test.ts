import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, chown, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { RecordingLogger, sampleItem } from '@fashionmatch/domain/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { z } from 'zod';

import { connectEmbeddedChroma } from '../chroma/connection/chroma-connection.js';
import { answersHeartbeat, spawnChromaServer } from './chroma-server.js';
import { openChromaVectorStore } from '../chroma/chroma-vector-store.js';
import {
  hasEmbeddedStore,
  openEmbeddedChroma,
  type EmbeddedChroma,
  type EmbeddedChromaOptions,
} from './embedded-chroma.js';
import { pollUntil } from './poll-until.js';
import { isStoreWanted, readStoreHolder } from './store-lock.js';

const DIMENSIONS = { clip: 8, dino: 4 };
const logger = new RecordingLogger();
let directory: string;
let opened: AsyncDisposable[];
let children: ChildProcess[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fashionmatch-embedded-'));
  opened = [];
  children = [];
});

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  for (const chroma of opened.reverse()) await chroma[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
});

async function open(changes: Partial<EmbeddedChromaOptions> = {}): Promise<EmbeddedChroma> {
  const chroma = await openEmbeddedChroma({ persistDirectory: directory, logger, ...changes });
  opened.push(chroma);
  return chroma;
}

const helloSchema = z.object({ port: z.number(), server: z.number() });
type Hello = z.infer<typeof helloSchema> & { child: ChildProcess };

/**
 * A program of its own that opens the store, says where, and then does `afterwards`. A wrapper is a command that
 * starts it.
 */
async function startHolder(afterwards: string, wrapper: readonly string[] = []): Promise<Hello> {
  const program = join(directory, 'holder.mjs');
  const module = new URL('../../dist/chroma-server/embedded-chroma.js', import.meta.url).href;
  await writeFile(
    program,
    `import { readFileSync } from 'node:fs';
    import { openEmbeddedChroma } from ${JSON.stringify(module)};
    const quiet = () => {};
    const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };
    const directory = ${JSON.stringify(directory)};
    const chroma = await openEmbeddedChroma({ persistDirectory: directory, logger });
    const { server } = JSON.parse(readFileSync(directory + '/fashionmatch-holder.json', 'utf8'));
    console.log(JSON.stringify({ port: chroma.port, server: server.pid }));
    ${afterwards}`,
  );
  const [command, ...args] = [...wrapper, process.execPath, program];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const lines = createInterface({ input: child.stdout });
  const [line] = z.tuple([z.string()]).parse(await once(lines, 'line'));
  return { ...helloSchema.parse(JSON.parse(line)), child };
}

/** Starts a program as process 1 of a PID namespace of its own, as containers do, under this host's name. */
const CONTAINED = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];
const mayContain = spawnSync('unshare', [...CONTAINED.slice(1), 'true']).status === 0;

const STAY = 'setInterval(quiet, 1000);';

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

async function storeOf(chroma: EmbeddedChroma): Promise<Awaited<ReturnType<typeof openChromaVectorStore>>> {
  return openChromaVectorStore({
    connection: await connectEmbeddedChroma(chroma),
    collectionName: 'items',
    encoders: { clip: { id: 'test/clip', dimensions: 8 }, dino: { id: 'test/dino', dimensions: 4 } },
    logger,
  });
}

describe('the embedded server', () => {
  test('starts in under 3 s, is closed twice without harm, and leaves no process and no lock', async () => {
    const startedAt = performance.now();
    const chroma = await open();
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect(await answersHeartbeat(chroma.port)).toBe(true);
    const server = (await readStoreHolder(directory))?.server?.pid ?? 0;
    await Promise.all([chroma[Symbol.asyncDispose](), chroma[Symbol.asyncDispose]()]);
    await chroma[Symbol.asyncDispose]();
    expect(isGone(server)).toBe(true);
    expect(await readdir(directory)).not.toContain('fashionmatch.lock');
  });

  // The table of sockets is Linux's.
  (process.platform === 'linux' ? test : test.skip)(
    'listens on the loopback address only',
    async () => {
      const { port } = await open();
      const sockets = (await readFile('/proc/net/tcp', 'utf8')) + (await readFile('/proc/net/tcp6', 'utf8'));
      const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
      const listening = [...sockets.matchAll(/^ *\d+: (\w+):(\w+) \w+:\w+ 0A /gm)].filter(([, , at]) => at === hexPort);
      expect(listening.map(([, address]) => address)).toEqual(['0100007F']);
    },
    30_000,
  );

  test('is refused to a second writer, naming the first', async () => {
    const { child } = await startHolder(STAY);
    await expect(open()).rejects.toMatchObject({
      code: 'STORE_LOCKED',
      message: expect.stringContaining(`process ${String(child.pid)} on `),
    });
  });

  (mayContain ? test : test.skip)(
    'is refused to a second writer that sees nothing of the first, and joined by a reader',
    async () => {
      const { port } = await startHolder(STAY, CONTAINED);
      const holder = await readStoreHolder(directory);
      expect(holder?.pid).toBe(1);
      await expect(open()).rejects.toMatchObject({
        code: 'STORE_LOCKED',
        message: expect.stringMatching(/process 1 on/),
      });
      expect((await open({ access: 'read' })).port).toBe(port);
      expect(await answersHeartbeat(port)).toBe(true);
      expect(await readStoreHolder(directory)).toEqual(holder);
    },
    60_000,
  );

  test('is gone when its starter is killed, and the next one finds what was stored', async () => {
    const first = await open();
    await (await storeOf(first)).upsert([sampleItem('a', DIMENSIONS)]);
    await first[Symbol.asyncDispose]();

    for (let round = 0; round < 3; round++) {
      const { child, server } = await startHolder(STAY);
      child.kill('SIGKILL');
      expect(await pollUntil(() => isGone(server), 5_000)).toBe(true);
    }
    const startedAt = performance.now();
    const second = await open();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(await (await storeOf(second)).count()).toBe(1);
  });

  test('touches nothing before others could be told of it, and ends with a starter that dies before', async () => {
    const server = await spawnChromaServer(directory, { cacheDirectory: directory, logger });
    await delay(1_000);
    expect(server.isRunning()).toBe(true);
    // The end of standard input is all that a server sees of the death of its starter.
    await server.stop();
    expect(server.isRunning()).toBe(false);
    expect(await readdir(directory)).toEqual(['fashionmatch-server.log']);
  });

  test('does not keep a program alive that forgets to close it, and ends with it', async () => {
    const { child, server } = await startHolder('');
    if (child.exitCode === null) await once(child, 'exit');
    expect(child.exitCode).toBe(0);
    expect(await pollUntil(() => isGone(server), 5_000)).toBe(true);
  });

  test('says what is wrong when it cannot start', async () => {
    await writeFile(join(directory, 'chroma.sqlite3'), 'this is no database');
    await expect(open()).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: expect.stringMatching(/file is not a database.*; its log is .*fashionmatch-server\.log$/),
    });
    expect(await readdir(directory)).not.toContain('fashionmatch.lock');
  });
});

describe('readers', () => {
  test('find no store where none was made, and make none', async () => {
    expect(await hasEmbeddedStore(directory)).toBe(false);
    await expect(open({ access: 'read' })).rejects.toThrow(/There is no store in/);
    await expect(open({ access: 'read', persistDirectory: join(directory, 'none') })).rejects.toThrow(/no store/);
    await expect(access(join(directory, 'none'))).rejects.toThrow();
    expect(await readdir(directory)).toEqual([]);
  });

  test('join the server of a writer, and go on with one of their own when it has ended', async () => {
    const writer = await open();
    await (await storeOf(writer)).upsert([sampleItem('a', DIMENSIONS)]);
    const reader = await open({ access: 'read' });
    expect(reader.port).toBe(writer.port);
    const store = await storeOf(reader);
    expect(await store.count()).toBe(1);
    await writer[Symbol.asyncDispose]();
    expect(await store.count()).toBe(1);
    expect(reader.port).not.toBe(writer.port);
  });

  test('that leave do not take the server along', async () => {
    const writer = await open();
    const reader = await open({ access: 'read' });
    await reader[Symbol.asyncDispose]();
    expect(await answersHeartbeat(writer.port)).toBe(true);
  });

  test('with a server of their own are waited for by a writer, and told so', async () => {
    await (await open())[Symbol.asyncDispose]();
    const reader = await open({ access: 'read' });
    expect(await isStoreWanted(directory)).toBe(false);
    await expect(open({ waitMs: 300 })).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    const writer = open({ waitMs: 20_000 });
    await delay(500);
    expect(await isStoreWanted(directory)).toBe(true);
    await reader[Symbol.asyncDispose]();
    expect(await answersHeartbeat((await writer).port)).toBe(true);
    await (await writer)[Symbol.asyncDispose]();
    expect(await isStoreWanted(directory)).toBe(false);
  });
});

/** Runs a program as a user to whom nothing belongs, and gives what it prints; only root can. */
async function printedByNobody(program: string): Promise<unknown> {
  const path = join(directory, '..', `${basename(directory)}-nobody.mjs`);
  await writeFile(
    path,
    `const storage = await import(${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)});
    const quiet = () => {};
    const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };
    const directory = ${JSON.stringify(directory)};
    ${program}`,
  );
  const cache = await mkdtemp(join(tmpdir(), 'fashionmatch-nobody-'));
  await chown(cache, NOBODY, NOBODY);
  try {
    const env = { PATH: process.env['PATH'], HOME: cache, TMPDIR: cache };
    const child = spawn(process.execPath, [path], {
      uid: NOBODY,
      gid: NOBODY,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await once(child, 'close');
    expect((await readdir(cache)).filter((name) => name !== '.cache')).toEqual([]);
    return JSON.parse(text);
  } finally {
    await rm(path);
    await rm(cache, { recursive: true });
  }
}

const NOBODY = 65_534;

(process.getuid?.() === 0 ? describe : describe.skip)('a user who may not write to a store', () => {
  beforeEach(async () => {
    await chmod(directory, 0o755);
    const chroma = await open();
    await (await storeOf(chroma)).upsert([sampleItem('a', DIMENSIONS)]);
    await chroma[Symbol.asyncDispose]();
  });

  const READ = `
    const chroma = await storage.openEmbeddedChroma({ persistDirectory: directory, access: 'read', logger });
    const connection = await storage.connectEmbeddedChroma(chroma);
    const { collections } = await storage.readCollectionsStatus(connection, 'items');
    console.log(JSON.stringify({ port: chroma.port, items: collections.clip.items, served: chroma.directory }));
    await chroma[Symbol.asyncDispose]();`;

  test('reads it, and leaves it as it was', async () => {
    const before = await readdir(directory, { recursive: true });
    const log = await readFile(join(directory, 'fashionmatch-server.log'), 'utf8');
    expect(await printedByNobody(READ)).toMatchObject({ items: 1, served: directory });
    expect(await readdir(directory, { recursive: true })).toEqual(before);
    expect(await readFile(join(directory, 'fashionmatch-server.log'), 'utf8')).toBe(log);
  });

  test('joins the server of whoever writes', async () => {
    const { port } = await open();
    expect(await printedByNobody(READ)).toMatchObject({ items: 1, port });
  });

  test.each([
    ['write', 'write to', 0o755],
    ['read', 'read', 0o700],
  ])('is told so when it wants to %s', async (access, wish, mode) => {
    await chmod(directory, mode);
    const code = `
      const opening = storage.openEmbeddedChroma({ persistDirectory: directory, access: '${access}', logger });
      console.log(JSON.stringify(await opening.catch(({ code, message }) => ({ code, message }))));`;
    expect(await printedByNobody(code)).toEqual({
      code: 'PERMISSION_DENIED',
      message: expect.stringContaining(`This user (uid ${String(NOBODY)}) may not ${wish} ${directory}`),
    });
  });

  test('is told of a single file that belongs to somebody else', async () => {
    for (const name of await readdir(directory, { recursive: true }))
      await chown(join(directory, name), NOBODY, NOBODY);
    await chown(directory, NOBODY, NOBODY);
    await chown(join(directory, 'chroma.sqlite3'), 0, 0);
    const code = `
      const opening = storage.openEmbeddedChroma({ persistDirectory: directory, logger });
      console.log(JSON.stringify(await opening.catch(({ message }) => message)));`;
    expect(await printedByNobody(code)).toContain(`may not write to ${join(directory, 'chroma.sqlite3')}`);
  });
});

describe('a server that dies', () => {
  test('is started again once, and the request made again; then it is an error', async () => {
    const chroma = await open();
    const store = await storeOf(chroma);
    await store.upsert([sampleItem('a', DIMENSIONS)]);
    const killServer = async (): Promise<void> => {
      process.kill((await readStoreHolder(directory))?.server?.pid ?? 0, 'SIGKILL');
    };

    await killServer();
    const [count, others] = await Promise.all([store.count(), store.filterStored(['a'])]);
    expect([count, others]).toEqual([1, new Set(['a'])]);
    await store.upsert([sampleItem('b', DIMENSIONS)]);
    expect(await store.count()).toBe(2);

    await killServer();
    await expect(store.count()).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
  });
});

describe('an index that was damaged while nobody looked', () => {
  test.each<[string, (file: string) => Promise<void>]>([
    ['cut off', (file) => truncate(file, 100)],
    ['deleted', (file) => rm(file)],
  ])('(%s) is an error that says what to do, and clearing the store mends it', async (_, damage) => {
    const whole = await open();
    // Chroma writes its index from the thousandth record on.
    const items = Array.from({ length: 1_200 }, (__, i) => sampleItem(`i${String(i)}`, DIMENSIONS));
    await (await storeOf(whole)).upsert(items);
    await whole[Symbol.asyncDispose]();
    const files = await readdir(directory, { recursive: true, withFileTypes: true });
    for (const file of files) {
      if (file.isFile() && file.parentPath !== directory) await damage(join(file.parentPath, file.name));
    }

    const store = await storeOf(await open());
    await expect(store.getByIds(['i1'])).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining('run `fashionmatch verify --repair`'),
    });
    await store.clear();
    await store.upsert(items.slice(0, 5));
    expect(await store.count()).toBe(5);
  });
});
