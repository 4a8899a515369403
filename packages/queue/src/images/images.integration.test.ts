import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type RequestListener } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

import { FashionMatchError, ItemError } from '@fashionmatch/domain';
import { RecordingLogger } from '@fashionmatch/domain/testing';
import { expect, test } from '@jest/globals';

import { fetchImages, type FetchImagesOptions, type ImageFetcher } from './fetch-images.js';
import { serveImages, type ImageServer, type ServeImagesOptions } from './serve-images.js';

const SECRET = 'a-secret-of-the-run';
const MEGABYTE = 2 ** 20;

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const photo = Buffer.from('the bytes of a photo');
const unknown = hashOf(Buffer.from('another'));

function serve(options: Partial<ServeImagesOptions> = {}): Promise<ImageServer> {
  const read = (hash: string) => Promise.resolve(hash === hashOf(photo) ? photo : undefined);
  const logger = new RecordingLogger();
  return serveImages({ host: '127.0.0.1', port: 0, secret: () => Promise.resolve(SECRET), read, logger, ...options });
}

function fetcher(port: number, options: Partial<FetchImagesOptions> = {}): ImageFetcher {
  const from = `http://127.0.0.1:${String(port)}`;
  const secretOf = () => Promise.resolve(SECRET);
  return fetchImages({ from, secretOf, maxBytes: MEGABYTE, patienceMs: 0, logger: new RecordingLogger(), ...options });
}

/** Gives nothing, and keeps what is asked for. */
function noting(asked: string[]): ServeImagesOptions['read'] {
  return (hash) => {
    asked.push(hash);
    return Promise.resolve(undefined);
  };
}

/** Something else than a coordinator. */
async function pretend(listener: RequestListener): Promise<ImageServer> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port is free');
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function statusOf(port: number, path: string, authorization?: string): Promise<number | undefined> {
  const headers = authorization === undefined ? {} : { authorization };
  const [response]: IncomingMessage[] = await once(get({ host: '127.0.0.1', port, path, headers }), 'response');
  response?.resume();
  return response?.statusCode;
}

async function faultOf(fetching: Promise<unknown>): Promise<ItemError | FashionMatchError> {
  const error: unknown = await fetching.catch((thrown: unknown) => thrown);
  if (error instanceof ItemError || error instanceof FashionMatchError) return error;
  throw new Error(`Expected a fault, got ${String(error)}`);
}

test('an image that was given out comes whole, any other not at all', async () => {
  await using server = await serve();
  await using images = fetcher(server.port);
  expect(Buffer.from(await images.fetch(hashOf(photo), 'run'))).toEqual(photo);
  expect(await faultOf(images.fetch(unknown, 'run'))).toMatchObject({ code: 'IMAGE_MISSING' });
});

test('whoever does not know the secret learns nothing, whatever is asked for', async () => {
  const asked: string[] = [];
  await using server = await serve({ read: noting(asked) });
  const path = `/images/${hashOf(photo)}`;
  for (const header of [undefined, '', 'Bearer', 'Bearer guessed', SECRET, `Basic ${SECRET}`]) {
    expect(await statusOf(server.port, path, header)).toBe(401);
    expect(await statusOf(server.port, '/anything', header)).toBe(401);
  }
  expect(asked).toEqual([]);
  await using images = fetcher(server.port, { secretOf: () => Promise.resolve('of-another-run') });
  expect(await faultOf(images.fetch(hashOf(photo), 'run'))).toMatchObject({ code: 'USAGE_INVALID' });
});

test('a path is never taken for a hash', async () => {
  const asked: string[] = [];
  await using server = await serve({ read: noting(asked) });
  const hash = hashOf(photo);
  const paths = [
    '/',
    '/images/',
    '/images/..%2f..%2fetc%2fpasswd',
    `/images/${hash}x`,
    `/images/${hash.toUpperCase()}`,
  ];
  for (const path of [...paths, `/images/../images/${hash.slice(1)}`, `/images/%00${hash.slice(3)}`]) {
    expect(await statusOf(server.port, path, `Bearer ${SECRET}`)).toBe(404);
  }
  expect(asked).toEqual([]);
});

test('a secret that Redis has forgotten is asked for again', async () => {
  let secret = 'first';
  await using server = await serve({ secret: () => Promise.resolve(secret) });
  await using images = fetcher(server.port, { secretOf: () => Promise.resolve(secret) });
  await images.fetch(hashOf(photo), 'run');
  secret = 'second';
  expect(Buffer.from(await images.fetch(hashOf(photo), 'run'))).toEqual(photo);
});

test('what is wrong with an image is told as the coordinator found it', async () => {
  await using server = await serve({ read: () => Promise.reject(new ItemError('IMAGE_TOO_LARGE', 'it has 200 MiB')) });
  await using images = fetcher(server.port);
  expect(await faultOf(images.fetch(unknown, 'run'))).toMatchObject({
    ...{ code: 'IMAGE_TOO_LARGE', message: 'it has 200 MiB' },
  });
});

test('more bytes than the limit are refused, whatever the answer says of its length', async () => {
  const cut = new AbortController();
  await using endless = await pretend((_, response) => {
    response.on('close', () => {
      cut.abort();
    });
    const more = (): void => {
      while (response.write(Buffer.alloc(MEGABYTE / 8)));
      response.once('drain', more);
    };
    more();
  });
  await using images = fetcher(endless.port);
  expect(await faultOf(images.fetch(unknown, 'run'))).toMatchObject({ code: 'IMAGE_TOO_LARGE' });
  while (!cut.signal.aborted) await pause(5);
});

test('what is no coordinator is not followed, and named', async () => {
  let followed = 0;
  await using elsewhere = await pretend((_, response) => void response.end(String(++followed)));
  await using moved = await pretend((_, response) => {
    response.writeHead(302, { location: `http://127.0.0.1:${String(elsewhere.port)}/` }).end();
  });
  await using images = fetcher(moved.port);
  const { code, message } = await faultOf(images.fetch(unknown, 'run'));
  expect([code, followed]).toEqual(['SOURCE_UNREADABLE', 0]);
  expect(message).toContain(String(moved.port));
});

test('a coordinator that is away is waited for, and given up in the end', async () => {
  const { port } = await (async () => {
    await using server = await serve();
    return server;
  })();
  const logger = new RecordingLogger();
  await using images = fetcher(port, { patienceMs: 20_000, logger });
  const waiting = images.fetch(hashOf(photo), 'run');
  await pause(700);
  await using server = await serve({ port });
  expect(Buffer.from(await waiting)).toEqual(photo);
  expect(server.port).toBe(port);
  const messages = logger.events.map(({ message }) => message);
  expect(messages.filter((message) => message.includes('waiting for it'))).toHaveLength(1);
  expect(messages.at(-1)).toContain('is back');
  await using hasty = fetcher(1, { patienceMs: 600 });
  expect(await faultOf(hasty.fetch(unknown, 'run'))).toMatchObject({
    ...{ code: 'SOURCE_UNREADABLE', message: expect.stringContaining('--serve-images') },
  });
});

test('clients that do not take what they have asked for keep nobody from theirs', async () => {
  const large = Buffer.alloc(32 * MEGABYTE, 1);
  const hash = hashOf(large);
  const read = (wanted: string) => Promise.resolve(wanted === hash ? large : photo);
  await using server = await serve({ read, answerMs: 500 });
  const slow = Array.from({ length: 20 }, () => connect(server.port, '127.0.0.1'));
  for (const socket of slow) {
    socket.on('error', () => undefined).pause();
    socket.write(`GET /images/${hash} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${SECRET}\r\n\r\n`);
  }
  await pause(50);
  await using images = fetcher(server.port, { patienceMs: 10_000 });
  expect(Buffer.from(await images.fetch(hashOf(photo), 'run'))).toEqual(photo);
  for (const socket of slow) socket.destroy();
});

test('an answer that stalls, before its first byte or after, is asked for again', async () => {
  let asked = 0;
  await using server = await pretend((_, response) => {
    asked++;
    if (asked === 1) return;
    if (asked === 2) response.write(photo.subarray(0, 3));
    else response.end(photo);
  });
  const logger = new RecordingLogger();
  await using images = fetcher(server.port, { patienceMs: 10_000, stallMs: 200, logger });
  expect(Buffer.from(await images.fetch(hashOf(photo), 'run'))).toEqual(photo);
  expect(asked).toBe(3);
  expect(logger.events[0]?.message).toContain('nothing has come for 0.2 s');
});

test('an answer that comes slowly is no stalled one', async () => {
  await using server = await pretend((_, response) => {
    void (async () => {
      for (const byte of photo) {
        response.write(Buffer.of(byte));
        await pause(100);
      }
      response.end();
    })();
  });
  await using images = fetcher(server.port, { stallMs: 1_500 });
  expect(Buffer.from(await images.fetch(hashOf(photo), 'run'))).toEqual(photo);
});

test('who takes nothing any more loses its turn soon, and who takes it slowly does not', async () => {
  const large = Buffer.alloc(32 * MEGABYTE, 1);
  await using server = await serve({ read: () => Promise.resolve(large), stallMs: 300 });
  const ask = `GET /images/${hashOf(large)} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${SECRET}\r\n\r\n`;
  const frozen = Array.from({ length: 16 }, () => connect(server.port, '127.0.0.1'));
  for (const socket of frozen) {
    socket.on('error', () => undefined).pause();
    socket.write(ask);
  }
  await pause(50);
  const slow = connect(server.port, '127.0.0.1');
  slow.write(ask);
  let taken = 0;
  for await (const chunk of slow) {
    if (chunk instanceof Uint8Array) taken += chunk.length;
    if (taken >= large.length) break;
    await pause(2);
  }
  expect(taken).toBeGreaterThanOrEqual(large.length);
  for (const socket of frozen) socket.destroy();
});

test('a place that is taken is named with the way out', async () => {
  await using server = await serve();
  await expect(serve({ port: server.port })).rejects.toMatchObject({
    ...{ code: 'USAGE_INVALID', message: expect.stringContaining('--serve-images') },
  });
});
