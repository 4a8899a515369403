import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { SourceEntry } from '@fashionmatch/domain';
import { collect, RecordingLogger } from '@fashionmatch/domain/testing';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { scrapedBatches } from '../scraped-batches.js';
import { ImageDownloader } from './image-downloader.js';

const PHOTO = Buffer.from('\xff\xd8\xff\xe0 a photograph of no pixels at all', 'latin1');

const contentKind = (): { image: string } => ({ image: 'JPEG' });

let folder: string;
let server: Server;
let origin: string;
let requests: string[];
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'downloadable-images-')));
  requests = [];
  server = createServer(({ url = '' }, response) => {
    requests.push(url);
    if (url.startsWith('/gone')) response.writeHead(404).end();
    else response.end(PHOTO);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === 'object' ? String(address?.port) : ''}`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

async function writeListing(imageUrls: readonly string[], localImagePaths: readonly string[] = []): Promise<void> {
  const listing = {
    item_id: '1',
    title: 'Dress',
    price: 10,
    image_urls: imageUrls,
    url: 'https://www.example.com/items/1',
    scraped_at: '2025-01-15T14:30:22',
    local_image_paths: localImagePaths,
  };
  await mkdir(join(folder, 'batch_1'), { recursive: true });
  await writeFile(join(folder, 'batch_1/batch.json'), JSON.stringify([listing]));
}

function list(downloader?: ImageDownloader): Promise<SourceEntry[]> {
  const logger = new RecordingLogger();
  return collect(
    scrapedBatches({ directory: folder, workingDirectory: folder, maxFileBytes: 10_000, downloader, logger }).list(),
  );
}

/** What comes of the only listing when its image is fetched. */
async function fetched(): Promise<SourceEntry | undefined> {
  await using downloader = new ImageDownloader({
    maxBytes: 10_000,
    contentKind,
    allowsAddress: () => true,
    times: { retryMs: 1 },
  });
  const [entry] = await list(downloader);
  return entry?.kind === 'fault' ? await entry.remote?.fetch() : undefined;
}

test('a listing without a file becomes an item, and is one from then on without the network', async () => {
  await writeListing([`${origin}/1.jpg`], ['images/1/0.jpg']);
  const item = await fetched();
  expect(item).toMatchObject({ kind: 'item', itemId: '1', file: { size: PHOTO.length } });
  expect(item).toHaveProperty('metadata.localImagePath', item?.kind === 'item' ? item.file.path : '');
  server.close();
  expect(await list()).toEqual([{ ...item, next: expect.any(Function) }]);
  expect(requests).toEqual(['/1.jpg']);
});

test('listing fetches nothing', async () => {
  await writeListing([`${origin}/1.jpg`]);
  await using downloader = new ImageDownloader({ maxBytes: 10_000, contentKind });
  expect(await list(downloader)).toMatchObject([{ kind: 'fault', remote: { metadata: { title: 'Dress' } } }]);
  expect(requests).toEqual([]);
});

test('a file that is there needs no network', async () => {
  await writeListing([`${origin}/1.jpg`], ['1.jpg']);
  await writeFile(join(folder, '1.jpg'), PHOTO);
  expect(await list()).toMatchObject([{ kind: 'item', file: { path: join(folder, '1.jpg') } }]);
});

test('of several addresses the first that has an image counts; not more than three are tried', async () => {
  await writeListing([`${origin}/gone1`, 'ftp://127.0.0.1/1.jpg', `${origin}/2.jpg`]);
  expect(await fetched()).toMatchObject({ kind: 'item' });
  await writeListing([1, 2, 3, 4].map((i) => `${origin}/gone${String(i)}`));
  expect(await fetched()).toMatchObject({
    kind: 'fault',
    failure: {
      ...{ itemId: '1', code: 'IMAGE_MISSING', stage: 'discover' },
      reason: `the server answered 404: ${origin}/gone1`,
    },
  });
  expect(requests).toEqual(['/gone1', '/2.jpg', '/gone1', '/gone2', '/gone3']);
});

test('the image that comes after a useless one is that of the next address', async () => {
  await writeListing([`${origin}/1.jpg`, `${origin}/gone`, `${origin}/2.jpg`]);
  let following: SourceEntry | undefined;
  await using downloader = new ImageDownloader({ maxBytes: 10_000, contentKind, allowsAddress: () => true });
  const [entry] = await list(downloader);
  const item = entry?.kind === 'fault' ? await entry.remote?.fetch() : undefined;
  if (item?.kind === 'item') following = await item.next?.();
  expect(following).toMatchObject({ kind: 'item', itemId: '1' });
  expect(requests).toEqual(['/1.jpg', '/gone', '/2.jpg']);
  expect(following?.kind === 'item' && (await following.next?.())).toBeUndefined();
});

test('without leave to download, the fault says how to get the image', async () => {
  await writeListing([`${origin}/1.jpg`]);
  const [entry] = await list();
  const reason = 'the listing has no local image path; --download-images would fetch it from the address that it has';
  expect(entry).toMatchObject({ failure: { code: 'IMAGE_MISSING', reason } });
  expect(entry).not.toHaveProperty('remote');
});
