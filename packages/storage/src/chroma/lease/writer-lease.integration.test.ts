import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { RecordingLogger, sampleItem } from '@fashionmatch/domain/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';

import { connectRemoteChroma, type ChromaConnection } from '../connection/chroma-connection.js';
import { openChromaVectorStore } from '../chroma-vector-store.js';
import { openEmbeddedChroma, type EmbeddedChroma } from '../../chroma-server/embedded-chroma.js';
import { createLease, endLease, readLease } from './lease-collection.js';
import { findWriter } from './lease-watch.js';
import { asHolder, type StoreHolder } from '../../chroma-server/store-holder.js';
import { openWriterLease, type LeaseTimes } from './writer-lease.js';

const logger = new RecordingLogger();
const collectionName = 'items';
/** Renewed often, so that tests need not watch for long. */
const TIMES = { renewalMs: 50, trustMs: 200, silenceMs: 2_000 };
/** Longer than any of the tests takes. */
const NEVER = 600_000;

let directory: string;
let server: EmbeddedChroma;
let connection: ChromaConnection;
const opened: AsyncDisposable[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fashionmatch-lease-'));
  server = await openEmbeddedChroma({ persistDirectory: directory, logger });
  // To those who connect it is a server like any other.
  connection = await connectRemoteChroma({ host: server.host, port: server.port, logger });
});

afterEach(async () => {
  for (const lease of opened.splice(0).reverse()) await lease[Symbol.asyncDispose]();
  const left = await readLease(connection, collectionName);
  if (left !== undefined) await endLease(connection, left);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

async function open(times: LeaseTimes = TIMES): Promise<ChromaConnection & AsyncDisposable> {
  const lease = await openWriterLease(connection, { collectionName, logger, ...times });
  opened.push(lease);
  return lease;
}

/** A lease as a host leaves it that has lost its network. */
async function leaveLeased(changes: Partial<StoreHolder> = {}): Promise<void> {
  const holder = { ...(await asHolder('write')), host: 'atelier', namespace: 'elsewhere', ...changes };
  expect(await createLease(connection, { collectionName, holder, token: 'theirs' })).toBe(true);
}

const names = (): Promise<string[]> =>
  connection.request(async (client) => (await client.listCollections()).map(({ name }) => name));

async function storeThrough(writer: ChromaConnection): Promise<Awaited<ReturnType<typeof openChromaVectorStore>>> {
  const encoders = { clip: { id: 'a', dimensions: 8 }, dino: { id: 'b', dimensions: 4 } };
  return openChromaVectorStore({ connection: writer, collectionName, encoders, logger });
}
const item = (id: string): ReturnType<typeof sampleItem> => sampleItem(id, { clip: 8, dino: 4 });

describe('the lease of a writer', () => {
  test('is refused to others while it is renewed, naming its holder, and given back', async () => {
    const first = await open();
    await expect(open({ ...TIMES, silenceMs: 20_000 })).rejects.toMatchObject({
      code: 'STORE_LOCKED',
      message: expect.stringContaining(`items are being written by process ${String(process.pid)} on `),
    });
    expect(await findWriter(connection, { collectionName })).toMatchObject({ pid: process.pid, access: 'write' });
    await first[Symbol.asyncDispose]();
    expect(await findWriter(connection, { collectionName })).toBeUndefined();
    expect(await names()).not.toContain('items_writer');
    await open();
  });

  test('of another store is another one', async () => {
    await open();
    const other = await openWriterLease(connection, { collectionName: 'others', logger, ...TIMES });
    await other[Symbol.asyncDispose]();
  });

  test('goes to one of many who want it at once', async () => {
    for (let round = 0; round < 5; round++) {
      const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => open()));
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const lease of opened.splice(0)) await lease[Symbol.asyncDispose]();
    }
  });

  test('that is no longer renewed goes to one of many who watch it', async () => {
    await leaveLeased();
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => open()));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'STORE_LOCKED' } });
    expect((await names()).filter((name) => name.startsWith('fashionmatch_ended'))).toEqual([]);
  });

  test('of a process that has ended is taken over at once', async () => {
    const { namespace } = await asHolder('write');
    await leaveLeased({ namespace, startedAt: 'an earlier one' });
    expect(await findWriter(connection, { collectionName })).toBeUndefined();
    await open({ ...TIMES, silenceMs: NEVER, trustMs: NEVER });
  });

  test('is nobody’s while nobody renews it, as far as others can see', async () => {
    await leaveLeased();
    expect(await findWriter(connection, { collectionName, renewalMs: 100 })).toBeUndefined();
  });

  test('is known for one’s own when the answer that gave it was lost', async () => {
    const twice: ChromaConnection = {
      ...connection,
      request: (use) => connection.request(async (client) => use(client).then(() => use(client))),
    };
    const lease = { collectionName, holder: await asHolder('write'), token: 'mine' };
    expect(await createLease(twice, lease)).toBe(true);
    await endLease(twice, lease);
    expect(await names()).not.toContain('items_writer');
  });

  test('is not ended by who has seen an earlier one', async () => {
    await leaveLeased();
    await endLease(connection, { collectionName, token: 'an earlier one' });
    expect(await readLease(connection, collectionName)).toMatchObject({ token: 'theirs' });
  });

  test('leaves another program’s collection alone', async () => {
    await connection.request((client) => client.createCollection({ name: 'items_writer', embeddingFunction: null }));
    try {
      await expect(open()).rejects.toMatchObject({ message: expect.stringContaining("another program's") });
    } finally {
      await connection.request((client) => client.deleteCollection({ name: 'items_writer' }));
    }
  });

  test('is not lost while the server is away', async () => {
    let isAway = false;
    const flaky: ChromaConnection = {
      ...connection,
      request: async (use) => {
        while (isAway) await delay(10);
        return connection.request(use);
      },
    };
    await leaveLeased();
    const watching = openWriterLease(flaky, { collectionName, logger, ...TIMES });
    await delay(1_000);
    isAway = true;
    await delay(TIMES.silenceMs);
    isAway = false;
    const back = performance.now();
    opened.push(await watching);
    expect(performance.now() - back).toBeGreaterThan(TIMES.silenceMs - 50);
  });
});

describe('a writer', () => {
  test('that was slow and still has its lease goes on', async () => {
    const writer = await open({ renewalMs: NEVER, trustMs: 50, silenceMs: NEVER });
    const store = await storeThrough(writer);
    await delay(200);
    await store.upsert([item('a')]);
    expect(await store.count()).toBe(1);
    await store.clear();
  });

  test('that has lost its lease writes nothing more, says who has it, and takes nothing from the other', async () => {
    const slow = await open({ renewalMs: NEVER, trustMs: 200, silenceMs: NEVER });
    const slowStore = await storeThrough(slow);
    await slowStore.upsert([item('a')]);
    const next = await open({ ...TIMES, silenceMs: 500 });
    const nextStore = await storeThrough(next);
    await nextStore.upsert([item('b')]);

    const lost = {
      code: 'STORE_LOCKED',
      message: expect.stringMatching(/were taken over by process \d+ on .+ again$/),
    };
    await expect(slowStore.upsert([item('c')])).rejects.toMatchObject(lost);
    await expect(slowStore.updateMetadata([item('a')])).rejects.toMatchObject(lost);
    await expect(slowStore.delete(['a'])).rejects.toMatchObject(lost);
    await expect(slowStore.clear()).rejects.toMatchObject(lost);
    await slow[Symbol.asyncDispose]();
    expect(await slowStore.filterStored(['a', 'b', 'c'])).toEqual(new Set(['a', 'b']));
    expect(await findWriter(connection, { collectionName })).toMatchObject({ pid: process.pid });
    await nextStore.clear();
  });
});
