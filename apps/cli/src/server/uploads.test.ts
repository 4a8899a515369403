import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

import { InMemoryVectorStore, RecordingLogger } from '@fashionmatch/domain/testing';
import { parseConfig, type OpenedSimilaritySearch } from '@fashionmatch/pipeline';
import { afterEach, describe, expect, test } from '@jest/globals';

import { createServer } from './server.js';
import { SharedSearch } from './shared-search.js';

const PLACES = 4;
/** In milliseconds. */
const [SOON, NEVER] = [100, 600_000];
const PHOTO = Buffer.alloc(2_000);

const opened: AsyncDisposable[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const one of opened.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

/** A server that listens, whose searches take their time. */
async function listening({ searchMs = 0, uploadMs = NEVER, placeMs = NEVER } = {}) {
  const running = { now: 0, most: 0, all: 0 };
  const nothing = (): Promise<never> => Promise.reject(new RangeError('Only photos are searched for here'));
  const byImage = async (): Promise<[]> => {
    running.all++;
    running.most = Math.max(running.most, ++running.now);
    await delay(searchMs);
    running.now--;
    return [];
  };
  const describe = (): never => {
    throw new RangeError('Nothing is told here');
  };
  const open = (): Promise<OpenedSimilaritySearch> =>
    Promise.resolve({
      config: parseConfig({}),
      search: {
        byFile: nothing,
        byImage,
        byId: nothing,
        byText: nothing,
        byEmbedding: nothing,
        isEmpty: nothing,
        byParts: nothing,
        hints: nothing,
      },
      store: new InMemoryVectorStore({ clip: 1, dino: 1 }),
      items: { item: nothing, page: nothing, values: nothing },
      contents: nothing,
      copyThresholds: { clip: 1, dino: 1 },
      scorer: { weights: { clip: 1, dino: 0 }, describe },
      thumbnails: { ofFile: nothing, ofItem: nothing },
      judge: (hits) => Promise.resolve([...hits]),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  const search = new SharedSearch(open);
  const logger = new RecordingLogger();
  const config = parseConfig({ limits: { max_file_mb: 0.01 } });
  const photoLimits = { uploadMs, placeMs };
  const server = await createServer({ search, config, host: '127.0.0.1', token: undefined, logger, photoLimits });
  opened.push(search, server);
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  return {
    url,
    port: Number(new URL(url).port),
    running,
    logger,
    connections: promisify(server.server.getConnections.bind(server.server)),
  };
}

const head = (length: number): string =>
  `POST /api/search HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: image/png\r\nContent-Length: ${String(length)}\r\n\r\n`;

/** A connection that has sent some bytes, and reads nothing by itself. */
async function connection(port: number, ...sent: readonly (string | Buffer)[]): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  for (const bytes of sent) socket.write(bytes);
  return socket;
}

async function statusOfPhoto(url: string, photo = PHOTO): Promise<number> {
  const headers = { 'content-type': 'image/png' };
  const { status } = await fetch(`${url}/api/search`, { method: 'POST', headers, body: photo });
  return status;
}

async function expectAllPlacesFree(url: string): Promise<void> {
  const statuses = await Promise.all(Array.from({ length: PLACES }, () => statusOfPhoto(url)));
  expect(statuses).toEqual(statuses.map(() => 200));
}

/** The answer to what was sent, as far as it has come by the end of the connection or of its first line. */
async function firstLine(socket: Socket): Promise<string> {
  const [chunk]: unknown[] = await once(socket, 'data');
  return String(chunk).split('\r\n')[0] ?? '';
}

describe('a client that leaves takes no place with it:', () => {
  test.each<[string, readonly (string | Buffer)[], number]>([
    ['before the body', [head(PHOTO.length)], 0],
    ['in the middle of it', [head(PHOTO.length), PHOTO.subarray(0, 700)], 0],
    ['while it is searched for', [head(PHOTO.length), PHOTO], 20],
    ['with another request behind it', [head(PHOTO.length), PHOTO, head(PHOTO.length), PHOTO.subarray(9)], 20],
  ])('%s', async (_, sent, searchMs) => {
    const { url, port, running, logger } = await listening({ searchMs });
    for (let i = 0; i < 50; i++) {
      const socket = await connection(port, ...sent);
      await delay(5);
      socket.resetAndDestroy();
    }
    await expectAllPlacesFree(url);
    expect(running.most).toBeLessThanOrEqual(PLACES);
    expect(logger.events.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('while it waits for a place', async () => {
    const { url, port, running, connections, logger } = await listening();
    const slow = await Promise.all(Array.from({ length: PLACES }, () => connection(port, head(PHOTO.length))));
    const waiting = await Promise.all(Array.from({ length: 50 }, () => connection(port, head(PHOTO.length), PHOTO)));
    while ((await connections()) < PLACES + waiting.length) await delay(10);
    for (const socket of waiting) socket.destroy();
    while ((await connections()) > PLACES) await delay(10);
    for (const socket of slow) socket.destroy();
    await expectAllPlacesFree(url);
    expect(running.all).toBe(PLACES);
    expect(logger.events.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('photos that take long to arrive', () => {
  test('make room for others after a while, and are told so', async () => {
    const { url, port } = await listening({ uploadMs: SOON });
    const slow = await Promise.all(Array.from({ length: PLACES }, () => connection(port, head(PHOTO.length))));
    const answers = slow.map(firstLine);
    expect(await statusOfPhoto(url)).toBe(200);
    for (const answer of answers) expect(await answer).toBe('HTTP/1.1 408 Request Timeout');
    await expectAllPlacesFree(url);
  });

  test('keep others waiting for so long and no longer', async () => {
    const { url, port } = await listening({ placeMs: SOON });
    for (let i = 0; i < PLACES; i++) await connection(port, head(PHOTO.length));
    expect(await statusOfPhoto(url)).toBe(503);
  });
});

test('a photo that is too large is refused whether it says so or not, and the client gets to know', async () => {
  const { url } = await listening();
  expect(await statusOfPhoto(url, Buffer.alloc(20_000_000))).toBe(413);
  const headers = { 'content-type': 'image/png' };
  const body = new Blob([Buffer.alloc(20_000_000)]).stream();
  const answer = await fetch(`${url}/api/search`, { method: 'POST', headers, body, duplex: 'half' });
  expect(answer.status).toBe(413);
  await expectAllPlacesFree(url);
});

test('connections that ask for nothing keep nobody out, however many, nor the server from ending', async () => {
  const { url, port } = await listening();
  const asking = await connection(port, 'GET /page.css HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  await firstLine(asking);
  const idle = await Promise.all(Array.from({ length: 300 }, () => connection(port)));
  expect((await fetch(`${url}/`)).status).toBe(200);
  expect(idle.some(({ destroyed }) => destroyed)).toBe(false);
  const more = await Promise.all(Array.from({ length: 700 }, () => connection(port)));
  expect((await fetch(`${url}/`)).status).toBe(200);
  expect(more.slice(-500).some(({ destroyed }) => destroyed)).toBe(false);
  const startedAt = performance.now();
  for (const one of opened.splice(0).reverse()) await one[Symbol.asyncDispose]();
  expect(performance.now() - startedAt).toBeLessThan(30_000);
});

test.each([
  ['not HTTP', 'hello\r\n\r\n', '400'],
  ['an unknown method', 'SWAP / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n', '400'],
  ['no host', 'GET /api/status HTTP/1.1\r\n\r\n', '403'],
  ['a head without end', `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${'x'.repeat(20_000)}`, '431'],
  ['what cannot be decoded', 'GET /api/items/%ff HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n', '400'],
])('%s is answered like any other fault', async (_, sent, status) => {
  const { port } = await listening();
  const socket = await connection(port, sent);
  const [chunk]: unknown[] = await once(socket, 'data');
  const [start = '', body = ''] = String(chunk).split('\r\n\r\n');
  expect(start).toContain(`HTTP/1.1 ${status} `);
  expect(JSON.parse(body)).toEqual({ error: { code: expect.any(String), message: expect.stringMatching(/\w/) } });
});
