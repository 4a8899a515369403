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

import { RecordingLogger, sampleItem } from '@fashionmatch/domain/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';

import { connectRemoteChroma, type RemoteChromaOptions } from './chroma-connection.js';
import { ChromaRefusal } from './chroma-faults.js';
import { openChromaVectorStore } from './chroma-vector-store.js';
import { openEmbeddedChroma, type EmbeddedChroma } from './embedded-chroma.js';

const DIMENSIONS = { clip: 8, dino: 4 };
const logger = new RecordingLogger();
let directory: string;
let chroma: EmbeddedChroma;
const gateways: Server[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fashionmatch-remote-'));
  // To those who connect it is a server like any other.
  chroma = await openEmbeddedChroma({ persistDirectory: directory, logger });
}, 60_000);

afterEach(() => {
  for (const gateway of gateways.splice(0)) {
    gateway.closeAllConnections();
    gateway.close();
  }
});

afterAll(async () => {
  await chroma[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
}, 60_000);

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

const connect = (port: number, changes: Partial<RemoteChromaOptions> = {}): ReturnType<typeof connectRemoteChroma> =>
  connectRemoteChroma({ host: '127.0.0.1', port, logger, ...changes });

describe('a Chroma server elsewhere', () => {
  test('is asked for its limits, tenant and database, and stores items', async () => {
    const connection = await connect(chroma.port);
    expect(connection.maxBatchSize).toBeGreaterThanOrEqual(1_000);
    const store = await openChromaVectorStore({
      connection,
      collectionName: 'remote',
      encoders: { clip: { id: 'a', dimensions: 8 }, dino: { id: 'b', dimensions: 4 } },
      logger,
    });
    await store.upsert([sampleItem('a', DIMENSIONS)]);
    expect(await store.count()).toBe(1);
  }, 30_000);

  test.each([429, 500, 503])(
    'is asked again when it answers %d',
    async (status) => {
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
    },
    30_000,
  );

  test('is asked again when the connection breaks', async () => {
    let broken = 0;
    const { port } = await startGateway((request, response) => {
      if (!(request.url ?? '').endsWith('/version') || broken >= 2) return false;
      // First no answer, then half of one.
      if (broken++ === 1)
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '9' }).write('"1.');
      setImmediate(() => request.socket.destroy());
      return true;
    });
    expect(await (await connect(port)).request((client) => client.version())).toMatch(/^\d/);
    expect(broken).toBe(2);
  }, 30_000);

  test.each([400, 413, 422])(
    'is not asked again when it answers %d',
    async (status) => {
      const { port, requests } = await startGateway(
        (request, response) => (request.url ?? '').endsWith('/version') && end(response, status),
      );
      const connection = await connect(port);
      await expect(connection.request((client) => client.version())).rejects.toThrow(ChromaRefusal);
      expect(requests().filter((line) => line.endsWith('/version'))).toHaveLength(1);
    },
    30_000,
  );

  test('is given up after five attempts, naming it', async () => {
    const { port, requests } = await startGateway(
      (request, response) => (request.url ?? '').endsWith('/version') && end(response, 503, { message: 'tired' }),
    );
    const connection = await connect(port);
    await expect(connection.request((client) => client.version())).rejects.toThrow(
      `127.0.0.1:${String(port)} failed (tired)`,
    );
    expect(requests().filter((line) => line.endsWith('/version'))).toHaveLength(5);
  }, 60_000);

  test('gets the token, and says so when it is wrong', async () => {
    const { port } = await startGateway((request, response) =>
      request.headers['x-chroma-token'] === 'secret' && request.headers.authorization === 'Bearer secret'
        ? false
        : end(response, 401),
    );
    const connection = await connect(port, { token: 'secret' });
    expect(await connection.request((client) => client.version())).toMatch(/^\d/);
    expect(logger.events.some(({ message }) => message.includes('without encryption'))).toBe(true);
    await expect(connect(port, { token: 'wrong' })).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: expect.stringContaining('check CHROMA_TOKEN'),
    });
  }, 30_000);

  test('does not get the token sent on by a redirect', async () => {
    const elsewhere = await startGateway((_, response) => end(response, 200));
    const { port } = await startGateway((request, response) => {
      response.writeHead(307, { location: `http://127.0.0.1:${String(elsewhere.port)}${request.url ?? ''}` }).end();
      return true;
    });
    await expect(connect(port, { token: 'secret' })).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
    expect(elsewhere.requests()).toEqual([]);
  }, 60_000);

  test('is named in one sentence when nobody is there', async () => {
    const { port } = await startGateway(() => false);
    for (const gateway of gateways.splice(0)) gateway.close();
    await expect(connect(port)).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: `The Chroma server at 127.0.0.1:${String(port)} cannot be reached (no connection): check that it runs, and database.host, port and ssl`,
    });
  }, 60_000);

  test.each<[string, number, unknown]>([
    ['has no such pages', 404, {}],
    ['answers something else', 200, { hello: 'world' }],
  ])(
    'is told from a server that %s',
    async (_, status, body) => {
      const { port } = await startGateway((__, response) => end(response, status, body));
      await expect(connect(port)).rejects.toThrow(/is no Chroma server of version 1/);
    },
    30_000,
  );

  test('that never answers is given up at the deadline', async () => {
    const { port } = await startGateway((request) => (request.url ?? '').endsWith('/version'));
    const connection = await connect(port, { deadlineMs: 200 });
    await expect(connection.request((client) => client.version())).rejects.toThrow(/no answer within 0\.2 s/);
  }, 60_000);

  test('must be named without a scheme', async () => {
    await expect(connect(8000, { host: 'http://chroma.example' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
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
  }, 30_000);
});
