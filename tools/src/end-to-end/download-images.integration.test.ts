import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import sharp from 'sharp';

import { BUILT_IN, fashionmatch, FashionmatchProcess, type Outcome } from './running/fashionmatch-process.js';

const LOCAL = { ...BUILT_IN, FASHIONMATCH_SOURCES__ALLOW_PRIVATE_ADDRESSES: 'true' };

let halves = Buffer.alloc(0);
let folder = '';
let server: Server;
let origin = '';
let requests: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-download-'));
  server = createServer((request, response) => {
    if (request.url === '/halves.jpg') sendHalf(request, response);
    else
      void answer(request.url ?? '').then((body) => {
        requests.push(request.url ?? '');
        if (body === undefined) response.writeHead(404).end();
        else if (body !== 'never') response.end(body);
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === 'object' ? String(address?.port) : ''}`;
  halves = await sharp({ create: { width: 300, height: 200, channels: 3, background: '#358' } })
    .tiff({ compression: 'none' })
    .toBuffer();
  await writeBatch('data/scraped', ['a.jpg', 'b.jpg', 'gone.jpg']);
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

/** The first half is all that comes at first: whoever wants the other has to ask for it. */
function sendHalf({ headers }: IncomingMessage, response: ServerResponse): void {
  requests.push(headers.range ?? 'from the start');
  const [, start] = /^bytes=(\d+)-$/.exec(headers.range ?? '') ?? [];
  const { length } = halves;
  if (start === undefined) {
    response.writeHead(200, { 'content-length': length, etag: '"1"' }).write(halves.subarray(0, length / 2));
  } else {
    const range = `bytes ${start}-${String(length - 1)}/${String(length)}`;
    response.writeHead(206, { 'content-range': range, etag: '"1"' }).end(halves.subarray(Number(start)));
  }
}

async function answer(path: string): Promise<Buffer | 'never' | undefined> {
  if (path.startsWith('/slow')) return 'never';
  if (path === '/gone.jpg') return undefined;
  const red = path === '/a.jpg' ? 250 : 20;
  return sharp({ create: { width: 64, height: 48, channels: 3, background: { r: red, g: 90, b: 90 } } })
    .jpeg()
    .toBuffer();
}

async function writeBatch(directory: string, names: readonly string[]): Promise<void> {
  const items = names.map((name) => ({
    item_id: name,
    title: name,
    price: 10,
    image_urls: [`${origin}/${name}`],
    url: 'https://www.example.com/items/1',
    scraped_at: '2025-01-15T14:30:22',
  }));
  await mkdir(join(folder, directory, 'batch_1'), { recursive: true });
  await writeFile(join(folder, directory, 'batch_1/batch.json'), JSON.stringify({ items }));
}

const embed = (env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Outcome> =>
  fashionmatch(['embed', '--mode', 'scraped', '--json', ...args], folder, env);

test('images are fetched when that is asked for, and then never again', async () => {
  const dry = await embed(BUILT_IN, '--download-images', '--dry-run');
  expect(dry.stderr).toBe('');
  const plan = [{ source: 'scraped', action: 'download', reason: 'new', items: 3, size_bytes: 0 }];
  expect(JSON.parse(dry.stdout)).toMatchObject({ plan });

  const without = await embed(BUILT_IN);
  expect(without.exitCode).toBe(3);
  expect(without.stdout).toMatch(/--download-images would fetch it/);

  const refused = await embed(BUILT_IN, '--download-images');
  expect(refused.exitCode).toBe(3);
  expect(refused.stdout).toMatch(/127\.0\.0\.1.*sources\.allow_private_addresses/);
  expect(requests).toEqual([]);
  expect(existsSync(join(folder, 'data/scraped/.images'))).toBe(false);

  const first = await embed(LOCAL, '--download-images', '--profile');
  expect(first.exitCode).toBe(3);
  expect(JSON.parse(first.stdout)).toMatchObject({
    results: { scraped: { processed_items: 2, failed_ids: ['gone.jpg'] } },
    failures: [{ code: 'IMAGE_MISSING', reason: `the server answered 404: ${origin}/gone.jpg` }],
    profile: { stages: { download: { items: 3 } } },
  });

  requests = [];
  const again = { results: { scraped: { skipped_items: 2, failed_items: 1 } } };
  expect(JSON.parse((await embed(LOCAL)).stdout)).toMatchObject(again);
  const asked = { ...LOCAL, FASHIONMATCH_SOURCES__DOWNLOAD_IMAGES: 'true' };
  expect(JSON.parse((await embed(asked)).stdout)).toMatchObject(again);
  expect(requests).toEqual(['/gone.jpg']);
});

test('a stop ends a download that does not come to its end, and the run says what remains', async () => {
  await writeBatch('slow', ['slow1.jpg', 'slow2.jpg']);
  requests = [];
  const args = ['embed', '--mode', 'scraped', '--json', '--download-images', '--scraped-dir', 'slow'];
  const running = new FashionmatchProcess(args, folder, LOCAL);
  while (requests.length < 2 && running.child.exitCode === null)
    await new Promise((resolve) => setTimeout(resolve, 20));
  const stoppedAt = Date.now();
  running.child.kill('SIGINT');
  const { exitCode, stdout } = await running.outcome;
  expect(exitCode).toBe(130);
  expect(Date.now() - stoppedAt).toBeLessThan(20_000);
  expect(JSON.parse(stdout)).toMatchObject({
    status: 'interrupted',
    total: { total_items: 2, processed_items: 0 },
    failures: [],
  });
});

test('a download that was killed goes on where it was', async () => {
  await writeBatch('halves', ['halves.jpg']);
  requests = [];
  const args = ['--download-images', '--scraped-dir', 'halves', '--profile'];
  const killed = new FashionmatchProcess(['embed', '--mode', 'scraped', ...args], folder, LOCAL);
  const partSize = async (): Promise<number> => {
    const parts = join(folder, 'halves/.images/parts');
    const names = await readdir(parts).catch(() => []);
    const sizes = names.filter((name) => name.endsWith('.part')).map((name) => stat(join(parts, name)));
    return (await Promise.all(sizes)).reduce((sum, { size }) => sum + size, 0);
  };
  while ((await partSize()) < halves.length / 2 && killed.child.exitCode === null)
    await new Promise((resolve) => setTimeout(resolve, 20));
  killed.child.kill('SIGKILL');
  await killed.outcome;
  const { exitCode, stdout } = await embed(LOCAL, ...args);
  expect([exitCode, JSON.parse(stdout)]).toMatchObject([0, { total: { processed_items: 1 } }]);
  expect(requests).toEqual(['from the start', `bytes=${String(halves.length / 2)}-`]);
  expect(await partSize()).toBe(0);
});
