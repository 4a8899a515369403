import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { RecordingLogger, sampleItem } from '@fashionmatch/domain/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';

import type { ChromaClient } from './chroma-client.js';
import { connectRemoteChroma, type ChromaConnection, type RemoteChromaOptions } from './chroma-connection.js';
import { ChromaRefusal } from './chroma-faults.js';
import { openChromaVectorStore } from '../chroma-vector-store.js';
import { openEmbeddedChroma, type EmbeddedChroma } from '../../chroma-server/embedded-chroma.js';

const DIMENSIONS = { clip: 8, dino: 4 };
const logger = new RecordingLogger();
let directory: string;
let chroma: EmbeddedChroma;
const gateways: Server[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fashionmatch-remote-'));
  // To those who connect it is a server like any other.
  chroma = await openEmbeddedChroma({ persistDirectory: directory, logger });
});

afterEach(() => {
  for (const gateway of gateways.splice(0)) {
    gateway.closeAllConnections();
    gateway.close();
  }
});

afterAll(async () => {
  await chroma[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

/** An HTTP server before the real one. `answer` gives true when it has answered itself. */
async function startGateway(
  answer: (request: IncomingMessage, response: ServerResponse) => boolean,
): Promise<{ port: number; requests: () => string[] }> {
  const seen: string[] = [];
  const gateway = createServer((request, response) => {
    seen.push(`${request.method ?? ''} ${request.url ?? ''}`);
    if (answer(request, response)) return;
    const { method, headers, url: path } = request;
    const onward = httpRequest({ host: chroma.host, port: chroma.port, method, headers, path }, (reply) => {
      response.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  }).listen(0, '127.0.0.1');
  gateways.push(gateway);
  await once(gateway, 'listening');
  const address = gateway.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, requests: () => seen };
}

function end(response: ServerResponse, status: number, body: unknown = {}): true {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  return true;
}

const COUNT_PATH = '/collections_count';
const asksForCollections = ({ url = '' }: IncomingMessage): boolean => url.endsWith(COUNT_PATH);
const countCollections = (client: ChromaClient): Promise<number> => client.countCollections();

const openStore = (connection: ChromaConnection, collectionName: string): ReturnType<typeof openChromaVectorStore> =>
  openChromaVectorStore({
    connection,
    collectionName,
    logger,
    encoders: { clip: { id: 'a', dimensions: 8 }, dino: { id: 'b', dimensions: 4 } },
  });

const connect = (port: number, changes: Partial<RemoteChromaOptions> = {}): ReturnType<typeof connectRemoteChroma> =>
  connectRemoteChroma({ host: '127.0.0.1', port, logger, ...changes });

describe('a Chroma server elsewhere', () => {
  test('is asked for its limits, tenant and database, and stores items', async () => {
    const connection = await connect(chroma.port);
    expect(connection.limits.of('records')).toBeGreaterThanOrEqual(1_000);
    const store = await openStore(connection, 'remote');
    await store.upsert([sampleItem('a', DIMENSIONS)]);
    expect(await store.count()).toBe(1);
  });

  test.each([429, 500, 503])('is asked again when it answers %d', async (status) => {
    let refusals = 0;
    const { port } = await startGateway((request, response) => {
      if (!(request.url ?? '').endsWith('/count') || refusals >= 2) return false;
      refusals++;
      return end(response, status);
    });
    const connection = await connect(port);
    const counting = connection.request(async (client) =>
      (await client.getOrCreateCollection({ name: 'counted', embeddingFunction: null })).count(),
    );
    expect(await counting).toBe(0);
    expect(refusals).toBe(2);
  });

  test('is asked again when the connection breaks', async () => {
    let broken = 0;
    const { port } = await startGateway((request, response) => {
      if (!asksForCollections(request) || broken >= 2) return false;
      // First no answer, then half of one.
      if (broken++ === 1)
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '9' }).write('"1.');
      setImmediate(() => request.socket.destroy());
      return true;
    });
    expect(await (await connect(port)).request(countCollections)).toEqual(expect.any(Number));
    expect(broken).toBe(2);
  });

  test.each([400, 413, 422])('is not asked again when it answers %d', async (status) => {
    const { port, requests } = await startGateway(
      (request, response) => asksForCollections(request) && end(response, status),
    );
    const connection = await connect(port);
    await expect(connection.request(countCollections)).rejects.toThrow(ChromaRefusal);
    expect(requests().filter((line) => line.endsWith(COUNT_PATH))).toHaveLength(1);
  });

  test('is given up after five attempts, naming it', async () => {
    const { port, requests } = await startGateway(
      (request, response) => asksForCollections(request) && end(response, 500, { message: 'tired' }),
    );
    // A restart would be waited out; trouble inside a server that is there is none.
    const connection = await connect(port, { patienceMs: 60_000 });
    await expect(connection.request(countCollections)).rejects.toThrow(`127.0.0.1:${String(port)} failed (tired)`);
    expect(requests().filter((line) => line.endsWith(COUNT_PATH))).toHaveLength(5);
  });

  test('gets the token, and says so when it is wrong', async () => {
    const { port } = await startGateway((request, response) =>
      request.headers['x-chroma-token'] === 'secret' && request.headers.authorization === 'Bearer secret'
        ? false
        : end(response, 401),
    );
    const connection = await connect(port, { token: 'secret' });
    expect(await connection.request(countCollections)).toEqual(expect.any(Number));
    expect(logger.events.some(({ message }) => message.includes('without encryption'))).toBe(true);
    await expect(connect(port, { token: 'wrong' })).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: expect.stringContaining('check CHROMA_TOKEN'),
    });
  });

  test('does not get the token sent on by a redirect', async () => {
    const elsewhere = await startGateway((_, response) => end(response, 200));
    const { port } = await startGateway((request, response) => {
      response.writeHead(307, { location: `http://127.0.0.1:${String(elsewhere.port)}${request.url ?? ''}` }).end();
      return true;
    });
    await expect(connect(port, { token: 'secret' })).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
    expect(elsewhere.requests()).toEqual([]);
  });

  test('is named in one sentence when nobody is there', async () => {
    const { port } = await startGateway(() => false);
    for (const gateway of gateways.splice(0)) gateway.close();
    await expect(connect(port)).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: `The Chroma server at 127.0.0.1:${String(port)} cannot be reached (no connection): check that it runs, and database.host, port and ssl`,
    });
  });

  test.each<[string, number, unknown]>([
    ['has no such pages', 404, {}],
    ['answers something else', 200, { hello: 'world' }],
  ])('is told from a server that %s', async (_, status, body) => {
    const { port } = await startGateway((__, response) => end(response, status, body));
    await expect(connect(port)).rejects.toThrow(/is no Chroma server of version 1/);
  });

  test('that never answers is given up at the deadline', async () => {
    const { port } = await startGateway(asksForCollections);
    const connection = await connect(port, { deadlineMs: 300 });
    await expect(connection.request(countCollections)).rejects.toThrow(/no answer within 0.3 s/);
  });

  test.each(['http://chroma.example', 'me:pass-word@chroma.example', 'chroma.example:8000', 'chroma.example/x'])(
    'must be named by nothing but its host, not by %s',
    async (host) => {
      await expect(connect(8000, { host })).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.not.stringContaining('chroma.example'),
      });
    },
  );

  test('may stand behind a proxy that wants a path and headers', async () => {
    const { port, requests } = await startGateway((request, response) => {
      if (request.headers['x-api-key'] !== 'key' || request.headers.authorization !== 'Basic abc') {
        return end(response, 401);
      }
      if (!request.url?.startsWith('/chroma/api/')) return end(response, 404);
      request.url = request.url.slice('/chroma'.length);
      return false;
    });
    const headers = { 'X-Api-Key': 'key', Authorization: 'Basic abc' };
    const connection = await connect(port, { path: '/chroma/', headers, token: 'secret' });
    const store = await openStore(connection, 'behind-proxy');
    await store.upsert([sampleItem('a', DIMENSIONS)]);
    expect(await store.getByIds(['a'])).toHaveLength(1);
    expect(requests().filter((line) => !line.includes(' /chroma/api/v2/'))).toEqual([]);
    await expect(connect(port, { path: '/other', headers })).rejects.toThrow(
      `127.0.0.1:${String(port)}/other is no Chroma server`,
    );
  });

  test('with several databases for one token needs one to be named', async () => {
    const { port } = await startGateway(
      (request, response) =>
        (request.url ?? '').endsWith('/identity') &&
        end(response, 200, { user_id: 'u', tenant: 't', databases: ['one', 'two'] }),
    );
    await expect(connect(port, { token: 'secret' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('database.database'),
    });
    await connect(port, { token: 'secret', tenant: 'default_tenant', database: 'default_database' });
  });
});

describe('a Chroma server elsewhere that is started again', () => {
  /** A way to the server that can be closed, as a restart does, or answered by a proxy in its place. */
  async function startWay(): Promise<{ port: number; state: { closed: boolean; proxied: boolean } }> {
    const state = { closed: false, proxied: false };
    const { port } = await startGateway((request, response) => {
      if (state.closed) request.socket.destroy();
      else if (state.proxied) response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad Gateway</h1>');
      else return false;
      return true;
    });
    return { port, state };
  }

  async function isWaitedFor(away: 'closed' | 'proxied'): Promise<void> {
    const { port, state } = await startWay();
    const told = new RecordingLogger();
    const connection = await connect(port, { patienceMs: 60_000, logger: told });
    const store = await openStore(connection, `restarted-${away}`);
    state[away] = true;
    const calls = Promise.all([
      store.upsert([sampleItem('a', DIMENSIONS)]),
      connection.request(countCollections),
      store.filterStored(['b']),
    ]);
    // Longer than five attempts take.
    await delay(12_000);
    state[away] = false;
    expect(await calls).toMatchObject([{ successCount: 1 }, expect.any(Number), new Set()]);
    expect(await store.count()).toBe(1);
    const messages = told.events.filter(({ level }) => level !== 'debug').map(({ message }) => message);
    expect(messages.filter((message) => message.endsWith('waiting for it, up to 60 s'))).toHaveLength(1);
    expect(messages.filter((message) => /answers again, after \d\d s$/.test(message))).toHaveLength(1);
  }

  async function isGivenUp(): Promise<void> {
    const { port, state } = await startWay();
    const hasty = await connect(port, { patienceMs: 6_000 });
    state.closed = true;
    const startedAt = performance.now();
    await expect(hasty.request(countCollections)).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
    expect(performance.now() - startedAt).toBeGreaterThan(5_000);
  }

  // Most of it is waiting, which can be done together.
  test('is waited for by all calls, which is told once, and given up when the patience ends', async () => {
    await Promise.all([isWaitedFor('closed'), isWaitedFor('proxied'), isGivenUp()]);
  });

  test('is given up at once when the run is stopped', async () => {
    const { port, state } = await startWay();
    const stop = new AbortController();
    const stopped = await connect(port, { patienceMs: 600_000, signal: stop.signal });
    state.closed = true;
    const waiting = stopped.request(countCollections);
    setTimeout(() => {
      stop.abort();
    }, 1_000);
    await expect(waiting).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
  });
});

describe('a Chroma server of before 1.0 is refused by its version:', () => {
  test.each([
    ['0.6', '0.6.3', '/api/v2/'],
    ['0.4, which has only the first edition of the API,', '0.4.24', '/api/v1/'],
  ])('%s', async (_, version, api) => {
    const { port } = await startGateway(({ url = '' }, response) => {
      if (url === `${api}heartbeat`) return end(response, 200, { 'nanosecond heartbeat': 1 });
      if (url === `${api}version`) return end(response, 200, version);
      if (url === `${api}pre-flight-checks`) return end(response, 200, { max_batch_size: 41_666 });
      return end(response, 404, { detail: 'Not Found' });
    });
    await expect(connect(port)).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: expect.stringContaining(`has version ${version}, and 1.0 or later is needed`),
    });
  });
});
