import { createHash } from 'node:crypto';
import { mkdtemp, mkdir, readdir, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import type { ImageFile } from '@fashionmatch/domain';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { ImageDownloader, type ImageDownloaderOptions } from './image-downloader.js';
import { ImageFolder, type ContentKind } from './image-folder.js';

const PHOTO = Buffer.concat([Buffer.from('\xff\xd8\xff\xe0', 'latin1'), Buffer.alloc(3_000, 7)]);
const MAX_BYTES = 100_000;

const contentKind: ContentKind = (start) => {
  const text = Buffer.from(start).toString('latin1');
  if (text.startsWith('\xff\xd8')) return { image: 'JPEG' };
  return { image: undefined, looksLike: text === '' ? 'an empty file' : text.startsWith('<') ? 'an HTML page' : '' };
};

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

const photo: Answer = (response) => response.end(PHOTO);
const answer =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(status, headers).end('no photograph');

/** What the server does for each path: once, or the last of several from then on. */
let answers: Map<string, Answer[]>;
let requests: IncomingMessage[];
let connections: number;
let servers: Server[];
let origin: string;
let folder: string;
let downloader: ImageDownloader | undefined;

async function serve(host: string): Promise<string> {
  const server = createServer((request, response) => {
    requests.push(request);
    const queue = answers.get(request.url ?? '') ?? [];
    const [next = answer(404)] = queue.length > 1 ? queue.splice(0, 1) : queue;
    next(response, request);
  });
  server.on('connection', () => connections++);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return `http://${host}:${String(portOf(server))}`;
}

function portOf(server: Server | undefined): number {
  const address = server?.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

beforeEach(async () => {
  [answers, requests, connections, servers] = [new Map(), [], 0, []];
  origin = await serve('127.0.0.1');
  folder = join(await realpath(await mkdtemp(join(tmpdir(), 'image-downloader-'))), '.images');
});
afterEach(async () => {
  await downloader?.[Symbol.asyncDispose]();
  downloader = undefined;
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await rm(join(folder, '..'), { recursive: true });
});

function download(
  url: string,
  options: Partial<ImageDownloaderOptions> = {},
  signal?: AbortSignal,
): Promise<ImageFile> {
  const times = { retryMs: 5, longestPauseMs: 1_500, ...options.times };
  const allowsAddress = (address: string): boolean => address === '127.0.0.1';
  downloader ??= new ImageDownloader({ maxBytes: MAX_BYTES, contentKind, allowsAddress, ...options, times });
  return downloader.download(url, images(), signal);
}

const images = (): ImageFolder => new ImageFolder(folder, [join(folder, '..')]);

/** Whatever came of it, nothing half-written is left. */
async function savedFiles(): Promise<string[]> {
  const files = await readdir(folder, { recursive: true }).catch(() => []);
  return files.filter((name) => !/^urls|^parts$/.test(name));
}

describe('an image', () => {
  test('is saved under its content, and found again by its address without the network', async () => {
    answers.set('/a.jpg?size=800', [photo]);
    const url = `${origin}/a.jpg?size=800`;
    expect(await images().find(url)).toBeUndefined();
    const file = await download(url);
    expect(basename(file.path)).toBe(`${createHash('sha256').update(PHOTO).digest('hex')}.jpeg`);
    expect(await readFile(file.path)).toEqual(PHOTO);
    expect(file.size).toBe(PHOTO.length);
    expect(await images().find(url)).toEqual(file);
    expect(await download(url)).toEqual(file);
    expect(requests).toHaveLength(1);
    expect(await images().find(`${origin}/b.jpg`)).toBeUndefined();
  });

  test('is asked for under a true name that tells nothing of the user', async () => {
    answers.set('/a.jpg', [photo]);
    await download(`${origin}/a.jpg`);
    expect(requests[0]?.headers).toEqual({
      host: new URL(origin).host,
      connection: 'keep-alive',
      accept: 'image/*',
      'user-agent': expect.stringMatching(/^fashionmatch\/\d+\.\d+\.\d+$/),
    });
  });

  test('of two addresses is one file, whose time stays', async () => {
    answers.set('/a', [photo]).set('/b', [photo]);
    const [first, second] = [await download(`${origin}/a`), await download(`${origin}/b`)];
    expect(second).toEqual(first);
    expect(await savedFiles()).toHaveLength(1);
  });

  test('that is wanted twice at the same time is fetched once', async () => {
    answers.set('/a', [(response) => setTimeout(() => response.end(PHOTO), 50)]);
    await Promise.all([download(`${origin}/a`), download(`${origin}/a`)]);
    expect(requests).toHaveLength(1);
  });

  test('that was removed or cut since is fetched again', async () => {
    answers.set('/a', [photo]);
    const { path } = await download(`${origin}/a`);
    for (const spoil of [() => rm(path), () => writeFile(path, 'cut')]) {
      await spoil();
      expect(await images().find(`${origin}/a`)).toBeUndefined();
      expect((await download(`${origin}/a`)).size).toBe(PHOTO.length);
    }
  });

  test.each([
    ['that calls itself a page', { 'content-type': 'text/html' }],
    ['that has no type', {}],
    ['without a length', { 'transfer-encoding': 'chunked' }],
  ])('%s is taken for what it is', async (_, headers) => {
    answers.set('/a', [(response) => response.writeHead(200, headers).end(PHOTO)]);
    expect((await download(`${origin}/a`)).size).toBe(PHOTO.length);
  });

  test('comes at last when the server drops, stumbles and is away for a moment', async () => {
    const drop: Answer = (response) => {
      response.writeHead(200, { 'content-length': PHOTO.length }).write(PHOTO.subarray(0, 1_000), () => {
        response.destroy();
      });
    };
    answers.set('/a', [drop, answer(503), photo]).set('/b', [(response) => response.destroy(), photo]);
    expect((await download(`${origin}/a`)).size).toBe(PHOTO.length);
    expect((await download(`${origin}/b`)).size).toBe(PHOTO.length);
    expect(requests).toHaveLength(5);
  });

  test('is followed through redirects, relative ones too', async () => {
    answers
      .set('/a', [answer(301, { location: '/b' })])
      .set('/b', [answer(307, { location: `${origin}/c` })])
      .set('/c', [photo]);
    expect((await download(`${origin}/a`)).size).toBe(PHOTO.length);
    expect(await images().find(`${origin}/a`)).toBeDefined();
  });
});

describe('IMAGE_MISSING with a reason', () => {
  test.each<[string, Answer, string]>([
    ['not found', answer(404), 'the server answered 404'],
    ['a server that stays broken', answer(500), 'the server answered 500'],
    [
      'a page',
      (r) => r.end(`<!doctype html>${' '.repeat(5_000)}`),
      'the server sent an HTML page in place of an image',
    ],
    [
      'a page that calls itself a photograph',
      (r) => r.setHeader('content-type', 'image/jpeg').end('<html>'),
      'an HTML page',
    ],
    ['nothing', (r) => r.end(), 'the server sent an empty file'],
    ['something else', (r) => r.end('%PDF-1.7 and so on, for more than the first bytes'), 'something else'],
    ['a length over the limit', (r) => r.writeHead(200, { 'content-length': 10 * MAX_BYTES }).write(PHOTO), '0.1 MiB'],
    ['a body over the limit', (r) => r.end(Buffer.concat([PHOTO, Buffer.alloc(MAX_BYTES)])), 'the image has more than'],
    [
      'a body that never ends',
      (r) => {
        endless(r);
      },
      'the image has more than the limit of 0.1 MiB',
    ],
    [
      'fewer bytes than said',
      (r) => r.writeHead(200, { 'content-length': 5_000 }).write(PHOTO, () => r.destroy()),
      'the connection broke off',
    ],
    ['a circle of redirects', answer(302, { location: '/a' }), 'the server redirects more than 5 times'],
    ['a redirect to a file', answer(302, { location: 'file:///etc/passwd' }), 'begins with file:'],
    ['a redirect to nowhere', answer(302, { location: 'http://[' }), 'the address of the image is not valid'],
    ['a redirect without an address', answer(302), 'the server answered 302'],
    ['something that is not HTTP', (r) => r.socket?.end('SSH-2.0-OpenSSH_9.2\r\n'), 'the connection'],
    ['nothing new', answer(304), 'the server answered 304'],
    ['a piece only', (r) => r.writeHead(206).end(PHOTO), 'the server answered 206'],
  ])('for %s', async (_, respond, reason) => {
    answers.set('/a', [respond]);
    await expect(download(`${origin}/a`)).rejects.toMatchObject({
      code: 'IMAGE_MISSING',
      message: expect.stringContaining(reason),
      value: `${origin}/a`,
    });
    expect(await savedFiles()).toEqual([]);
  });

  test.each<[string, Answer]>([
    ['never answers', () => undefined],
    ['stops in the middle', (r) => r.writeHead(200, { 'content-length': 5_000 }).write(PHOTO)],
    [
      'sends a byte now and then',
      (r) => {
        drip(r);
      },
    ],
  ])('for a server that %s, after its time', async (_, respond) => {
    answers.set('/a', [respond]);
    const times = { totalMs: 300, retryMs: 1 };
    await expect(download(`${origin}/a`, { times })).rejects.toMatchObject({
      code: 'IMAGE_MISSING',
      message: expect.stringContaining('it takes longer than'),
    });
    expect(await savedFiles()).toEqual([]);
  });

  test('for a server that stalls', async () => {
    answers.set('/a', [(r) => r.writeHead(200, { 'content-length': 5_000 }).write(PHOTO)]);
    const fault = expect(download(`${origin}/a`, { times: { stallMs: 100 } })).rejects;
    await fault.toMatchObject({ message: expect.stringContaining('the server stopped sending') });
  });

  test('for a port where nobody listens, and a name that nobody has', async () => {
    const nobody = await serve('127.0.0.1');
    await new Promise((resolve) => servers.pop()?.close(resolve));
    await expect(download(`${nobody}/a`)).rejects.toThrow('the server accepts no connection');
    const missing = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    await downloader?.[Symbol.asyncDispose]();
    downloader = undefined;
    const lookup: ImageDownloaderOptions['lookup'] = (_name, _options, callback) => {
      callback(missing, []);
    };
    await expect(download('http://nobody.example/a', { lookup })).rejects.toThrow('there is no host of that name');
  });

  test('without what may be secret in an address', async () => {
    const secret = origin.replace('//', '//user:pass@');
    await expect(download(`${secret}/a.jpg?token=abc`)).rejects.toMatchObject({ value: `${origin}/a.jpg` });
    expect(requests[0]?.headers).not.toHaveProperty('authorization');
  });
});

describe('a download that broke off', () => {
  const OTHER = Buffer.concat([PHOTO.subarray(0, 4), Buffer.alloc(2_500, 9)]);
  const MODIFIED = { 'last-modified': 'Mon, 01 Jun 2026 10:00:00 GMT' };
  const ETAG = { etag: '"one"' };

  const beginning =
    (headers: Record<string, string>): Answer =>
    (response) =>
      response.writeHead(200, { 'content-length': PHOTO.length, ...headers }).write(PHOTO.subarray(0, 1_000));

  /** When as many bytes as `beginning` sends are on the disk. */
  async function arrived(): Promise<void> {
    const sizes = async (): Promise<number[]> => {
      const names = await readdir(join(folder, 'parts'));
      return Promise.all(names.map((name) => stat(join(folder, 'parts', name)).then(({ size }) => size)));
    };
    while (!(await sizes().catch((): number[] => [])).includes(1_000))
      await new Promise((resolve) => setTimeout(resolve, 5));
  }

  /** Sends a third, and then nothing. */
  const third =
    (headers: Record<string, string>): Answer =>
    (response, request) => {
      beginning(headers)(response, request);
      void arrived().then(() => response.destroy());
    };

  /** Sends the rest, and lies as it is told. */
  const rest =
    (headers: Record<string, string> = {}, start = 1_000, photograph = PHOTO): Answer =>
    (response) => {
      const range = `bytes ${String(start)}-${String(photograph.length - 1)}/${String(photograph.length)}`;
      response.writeHead(206, { 'content-range': range, ...headers }).end(photograph.subarray(start));
    };

  const whole =
    (headers: Record<string, string>, photograph = PHOTO): Answer =>
    (response) =>
      response.writeHead(200, headers).end(photograph);

  const ranges = (): unknown[] => requests.map(({ headers }) => [headers.range, headers['if-range']]);
  const AGAIN = ['bytes=1000-', '"one"'];
  const AFRESH = [undefined, undefined];

  async function expectSaved({ path }: ImageFile, photograph: Buffer = PHOTO): Promise<void> {
    expect(await readFile(path)).toEqual(photograph);
    expect(basename(path)).toBe(`${createHash('sha256').update(photograph).digest('hex')}.jpeg`);
    expect(await readdir(join(folder, 'parts'))).toEqual([]);
  }

  test.each<[string, Record<string, string>, unknown]>([
    ['tag', ETAG, AGAIN],
    ['date', MODIFIED, ['bytes=1000-', MODIFIED['last-modified']]],
  ])('goes on where it was, the version being known by its %s', async (_, headers, again) => {
    answers.set('/a', [third(headers), rest(headers)]);
    await expectSaved(await download(`${origin}/a`));
    expect(ranges()).toEqual([AFRESH, again]);
  });

  test('goes on in the next run', async () => {
    answers.set('/a', [third(ETAG), answer(503)]);
    await expect(download(`${origin}/a`)).rejects.toThrow('the server answered 503');
    await downloader?.[Symbol.asyncDispose]();
    downloader = undefined;
    answers.set('/a', [rest(ETAG)]);
    await expectSaved(await download(`${origin}/a`));
    expect(ranges()).toEqual([AFRESH, AGAIN, AGAIN, AGAIN]);
  });

  test('goes on from wherever it was stopped', async () => {
    const stop = new AbortController();
    answers.set('/a', [beginning(ETAG)]);
    const stopped = download(`${origin}/a`, {}, stop.signal);
    stopped.catch(() => undefined);
    await arrived();
    stop.abort();
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
    answers.set('/a', [rest(ETAG)]);
    await expectSaved(await download(`${origin}/a`));
    expect(ranges()).toEqual([AFRESH, AGAIN]);
  });

  test.each<[string, Answer[], unknown[], Buffer]>([
    ['knows no ranges', [whole(ETAG)], [AGAIN], PHOTO],
    ['has another image by now', [whole({ etag: '"two"' }, OTHER)], [AGAIN], OTHER],
    [
      'sends the rest of another one',
      [rest({ etag: '"two"' }, 1_000, OTHER), whole({}, OTHER)],
      [AGAIN, AFRESH],
      OTHER,
    ],
    ['does not say of what it sends the rest', [rest(), whole({}, OTHER)], [AGAIN, AFRESH], OTHER],
    ['sends another part', [rest(ETAG, 500), whole(ETAG)], [AGAIN, AFRESH], PHOTO],
    ['has no such part', [answer(416), whole(ETAG)], [AGAIN, AFRESH], PHOTO],
  ])('starts over where the server %s', async (_, then, asked, photograph) => {
    answers.set('/a', [third(ETAG), ...then]);
    await expectSaved(await download(`${origin}/a`), photograph);
    expect(ranges()).toEqual([AFRESH, ...asked]);
  });

  test.each<[string, Record<string, string>]>([
    ['nothing', {}],
    ['a weak tag', { etag: 'W/"one"' }],
    ['a date of just now', { 'last-modified': new Date().toUTCString() }],
  ])('starts over where %s tells one version from another', async (_, headers) => {
    answers.set('/a', [third(headers), whole({})]);
    await expectSaved(await download(`${origin}/a`));
    expect(ranges()).toEqual([AFRESH, AFRESH]);
  });

  test('starts over where a redirect leads elsewhere by now', async () => {
    const to = (location: string): Answer => answer(302, { location });
    answers
      .set('/a', [to('/b'), to('/c')])
      .set('/b', [third(ETAG)])
      .set('/c', [whole(ETAG, OTHER)]);
    await expectSaved(await download(`${origin}/a`), OTHER);
    expect(ranges()).toEqual([AFRESH, AFRESH, AFRESH, AFRESH]);
  });

  test('is not more than an image may be, with its rest', async () => {
    const huge = Buffer.concat([PHOTO, Buffer.alloc(MAX_BYTES)]);
    answers.set('/a', [third(ETAG), rest(ETAG, 1_000, huge)]);
    await expect(download(`${origin}/a`)).rejects.toThrow('the limit of 0.1 MiB');
    expect(await readdir(join(folder, 'parts'))).toEqual([]);
  });

  test('leaves nothing when the image is gone', async () => {
    answers.set('/a', [third(ETAG), answer(404)]);
    await expect(download(`${origin}/a`)).rejects.toThrow('the server answered 404');
    expect(await readdir(join(folder, 'parts'))).toEqual([]);
  });

  test('writes through no link that lies in the place of a part', async () => {
    const version = [`${origin}/a`, `${origin}/a`, '"one"'].join('\n');
    const elsewhere = join(folder, '..', 'elsewhere');
    await mkdir(join(folder, 'parts'), { recursive: true });
    await symlink(elsewhere, join(folder, 'parts', `${createHash('sha256').update(version).digest('hex')}.part`));
    answers.set('/a', [whole(ETAG)]);
    await expect(download(`${origin}/a`)).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' });
    await expect(readFile(elsewhere)).rejects.toThrow('ENOENT');
  });
});

describe('addresses that are not public', () => {
  test.each(['127.0.0.1', 'localhost', '[::1]', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]'])(
    '%s is refused without a connection',
    async (host) => {
      const url = `http://${host}:${String(portOf(servers[0]))}/a`;
      await expect(download(url, { allowsAddress: undefined })).rejects.toThrow(
        /^it leads to .* not of the public internet, and sources.allow_private_addresses is off/,
      );
      expect(connections).toBe(0);
    },
  );

  test('a redirect to one is refused, and the server behind it is not connected to', async () => {
    const inside = await serve('127.0.0.2');
    answers.set('/a', [answer(302, { location: `${inside}/secret` })]).set('/secret', [photo]);
    await expect(download(`${origin}/a`)).rejects.toThrow('it leads to 127.0.0.2, which is not');
    expect(connections).toBe(1);
  });

  test('a name that leads to one is refused, also when it led elsewhere before', async () => {
    let asked = 0;
    const lookup: ImageDownloaderOptions['lookup'] = (_name, _options, callback) => {
      callback(null, [{ address: asked++ === 0 ? '127.0.0.1' : '127.0.0.2', family: 4 }]);
    };
    answers.set('/a', [(r) => r.setHeader('connection', 'close').end(PHOTO)]).set('/b', [photo]);
    const site = `http://photos.example:${String(portOf(servers[0]))}`;
    expect((await download(`${site}/a`, { lookup })).size).toBe(PHOTO.length);
    await expect(download(`${site}/b`, { lookup })).rejects.toThrow('it leads to 127.0.0.2');
    expect(requests).toHaveLength(1);
  });

  test('of the addresses of a name only the allowed ones are connected to', async () => {
    const lookup: ImageDownloaderOptions['lookup'] = (_name, _options, callback) => {
      callback(null, [
        { address: '127.0.0.2', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ]);
    };
    answers.set('/a', [photo]);
    const url = `http://photos.example:${String(portOf(servers[0]))}/a`;
    expect((await download(url, { lookup })).size).toBe(PHOTO.length);
  });
});

describe('a server that wants to be left alone', () => {
  test.each([
    ['in seconds', () => '1'],
    ['until a date', () => new Date(Date.now() + 2_000).toUTCString()],
  ])('%s is left alone for so long by all that want something of it', async (_, retryAfter) => {
    const refusal = answer(429, { 'retry-after': retryAfter() });
    answers.set('/a', [refusal, photo]).set('/b', [photo]);
    const times = { longestPauseMs: 5_000 };
    const startedAt = Date.now();
    const first = download(`${origin}/a`, { times });
    while (requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 100));
    await Promise.all([first, download(`${origin}/b`, { times })]);
    expect(Date.now() - startedAt).toBeGreaterThan(900);
    expect(requests.map(({ url }) => url).sort()).toEqual(['/a', '/a', '/b']);
    expect(requests[0]?.url).toBe('/a');
  });

  test('for too long is not waited for, and not asked again', async () => {
    answers.set('/a', [answer(503, { 'retry-after': '3600' })]).set('/b', [photo]);
    for (const path of ['/a', '/b']) {
      await expect(download(origin + path)).rejects.toThrow(/asks to be left alone for 3600 s: run again after that/);
    }
    expect(requests).toHaveLength(1);
  });
});

test('one server has four requests at a time', async () => {
  let [now, most] = [0, 0];
  for (let i = 0; i < 20; i++) {
    answers.set(`/${String(i)}`, [
      (response) => {
        most = Math.max(most, ++now);
        setTimeout(() => {
          now--;
          response.end(Buffer.concat([PHOTO, Buffer.from([i])]));
        }, 20);
      },
    ]);
  }
  await Promise.all(Array.from({ length: 20 }, (_, i) => download(`${origin}/${String(i)}`)));
  expect(most).toBe(4);
  expect(await savedFiles()).toHaveLength(20);
});

test.each([
  [
    'a request',
    () =>
      answers.set('/a', [
        (r: ServerResponse) => {
          drip(r);
        },
      ]),
  ],
  ['a pause', () => answers.set('/a', [answer(429, { 'retry-after': '60' })])],
  ['the time before a repetition', () => answers.set('/a', [answer(500)])],
])('a stop ends %s at once, and leaves nothing', async (_, respond) => {
  respond();
  const stop = new AbortController();
  const times = { retryMs: 60_000, longestPauseMs: 120_000 };
  const stopped = download(`${origin}/a`, { times }, stop.signal);
  stopped.catch(() => undefined);
  while (requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, 50));
  const startedAt = Date.now();
  stop.abort();
  await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
  expect(Date.now() - startedAt).toBeLessThan(5_000);
  expect(await savedFiles()).toEqual([]);
});

describe('a folder', () => {
  test('that nothing can be saved in stops the run', async () => {
    answers.set('/a', [photo]);
    await writeFile(folder, 'a file in its place');
    await expect(download(`${origin}/a`)).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
      message: expect.stringMatching(/^Images cannot be saved in .*\.images: .*without --download-images/),
    });
  });

  test('that is a link to elsewhere is not written to', async () => {
    answers.set('/a', [photo]);
    const elsewhere = await mkdtemp(join(tmpdir(), 'image-downloader-elsewhere-'));
    await symlink(elsewhere, folder);
    await expect(download(`${origin}/a`)).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' });
    expect(await readdir(elsewhere)).toEqual([]);
    await rm(elsewhere, { recursive: true });
  });

  test('in which somebody wrote records of his own leads to nothing else', async () => {
    await writeFile(join(folder, '..', 'secret.jpg'), PHOTO);
    const url = `${origin}/a`;
    const record = join(folder, 'urls', `${createHash('sha256').update(url).digest('hex')}.json`);
    await mkdir(join(folder, 'urls'), { recursive: true });
    for (const text of [JSON.stringify({ url, file: '../secret.jpg', size: PHOTO.length }), '{"url"', '[]']) {
      await writeFile(record, text);
      expect(await images().find(url)).toBeUndefined();
    }
  });
});

function drip(response: ServerResponse): void {
  response.writeHead(200).write(PHOTO.subarray(0, 100));
  const timer = setInterval(() => response.write(Buffer.alloc(1)), 20);
  response.on('close', () => {
    clearInterval(timer);
  });
}

function endless(response: ServerResponse): void {
  response.write(PHOTO);
  const send = (): void => {
    if (!response.destroyed) response.write(Buffer.alloc(20_000), send);
  };
  send();
}
