import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';

import { LeftOutTally, leftOutText, type ItemSource, type SourceEntry } from '@fashionmatch/domain';
import { itemSourceContract, RecordingLogger } from '@fashionmatch/domain/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { loadBatch } from './scraped-batch-folder.js';
import { scrapedBatches, type ScrapedBatchesOptions } from './scraped-batches.js';
import { listBatches } from './listings/find-batches.js';

const BATCH = 'batch_20250115_143022_123456';

/** Holds the scraped folder and the working directory, and what lies outside of both. */
let outside: string;
let scraped: string;
let working: string;
beforeEach(async () => {
  outside = await realpath(await mkdtemp(join(tmpdir(), 'scraped-batches-')));
  scraped = join(outside, 'scraped');
  working = join(outside, 'working');
  await mkdir(scraped);
  await mkdir(working);
});
afterEach(() => rm(outside, { recursive: true }));

function open(options: Partial<ScrapedBatchesOptions> = {}): ItemSource {
  const logger = new RecordingLogger();
  return scrapedBatches({ directory: scraped, workingDirectory: working, maxFileBytes: 1000, logger, ...options });
}

function listing(id: string, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    item_id: id,
    title: `Dress ${id}`,
    price: 10,
    currency: 'EUR',
    image_urls: [`https://images.example.com/${id}/0.jpg`, `https://images.example.com/${id}/1.jpg`],
    url: `https://www.example.com/items/${id}`,
    scraped_at: '2025-01-15T14:30:22',
    local_image_paths: [`images/${id}/0.jpg`, `images/${id}/1.jpg`],
    ...changes,
  };
}

async function write(path: string, content: unknown = 'image'): Promise<void> {
  await mkdir(dirname(join(outside, path)), { recursive: true });
  await writeFile(join(outside, path), typeof content === 'string' ? content : JSON.stringify(content));
}

/** Writes a batch folder, with images for its listings. */
async function writeBatch(name: string, items: readonly Record<string, unknown>[], file = 'batch.json'): Promise<void> {
  await write(`scraped/${name}/${file}`, { batch_id: name, items });
  for (const item of items) await write(`scraped/${name}/images/${String(item['item_id'])}/0.jpg`);
}

/** What is passed over, in words. */
async function leftOutOf(source = open()): Promise<string> {
  const tally = new LeftOutTally();
  for await (const entry of source.list(tally.add)) expect(entry).toBeDefined();
  return leftOutText(tally.counts);
}

async function list(source = open()): Promise<SourceEntry[]> {
  const entries: SourceEntry[] = [];
  for await (const entry of source.list()) entries.push(entry);
  return entries;
}

/** `id title` for items, `id CODE` for faults. */
async function listNames(source = open()): Promise<string[]> {
  return (await list(source)).map((entry) =>
    entry.kind === 'item' ? `${entry.itemId} ${entry.metadata.title}` : `${entry.failure.itemId} ${entry.failure.code}`,
  );
}

itemSourceContract(test, async (images) => {
  const items = images.map((_, i) => listing(String(i)));
  await writeBatch(BATCH, items);
  for (const [i, bytes] of images.entries()) await writeFile(join(scraped, BATCH, `images/${String(i)}/0.jpg`), bytes);
  return { source: open(), vanish: (item) => rm(item.file.path) };
});

describe('batches', () => {
  test('are listed newest first, folders and files together', async () => {
    for (const name of ['batch_20250115_143022_123456', 'batch_20240101_000000_000000', 'batch_x']) {
      await mkdir(join(scraped, name));
    }
    for (const name of ['20231215_123456.json', '20250116_000000.JSON', 'notes.txt', '.hidden.json', 'batch_file']) {
      await write(`scraped/${name}`);
    }
    await mkdir(join(scraped, 'other'));
    expect(await listBatches(scraped)).toEqual(
      [
        'batch_x',
        '20250116_000000.JSON',
        'batch_20250115_143022_123456',
        'batch_20240101_000000_000000',
        '20231215_123456.json',
      ].map((name) => join(scraped, name)),
    );
  });

  test('a listing becomes an item with the first image', async () => {
    await writeBatch(BATCH, [listing('1', { brand: 'Nordlys' })]);
    const path = join(scraped, BATCH, 'images/1/0.jpg');
    expect(await list()).toEqual([
      {
        kind: 'item',
        source: 'scraped',
        itemId: '1',
        recognisedBy: 'id',
        metadata: {
          title: 'Dress 1',
          price: 10,
          currency: 'EUR',
          description: '',
          brand: 'Nordlys',
          size: '',
          sellerId: '',
          condition: '',
          imageUrl: 'https://images.example.com/1/0.jpg',
          url: 'https://www.example.com/items/1',
          category: '',
          scrapedAt: '2025-01-15T14:30:22.000Z',
          localImagePath: 'images/1/0.jpg',
        },
        file: { path, size: 5, mtimeMs: expect.any(Number) },
        next: expect.any(Function),
      },
    ]);
  });

  test('an id in two batches is listed with the newest first', async () => {
    await writeBatch('batch_20240101_000000_000000', [listing('1', { title: 'Old' }), listing('2', { title: 'Only' })]);
    await writeBatch('batch_20250101_000000_000000', [listing('1', { title: 'New' })]);
    expect(await listNames()).toEqual(['1 New', '1 Old', '2 Only']);
  });

  test('items.json, or a file for each listing, stand in for a missing batch.json', async () => {
    await writeBatch('batch_2', [listing('1')], 'items.json');
    await write('scraped/batch_1/items/3.json', listing('3', { local_image_paths: ['images/3.jpg'] }));
    await write('scraped/batch_1/items/4.json', '{"item_id": "4", ');
    await write('scraped/batch_1/items/5.json', { item_id: 'five' });
    await write('scraped/batch_1/images/3.jpg');
    expect(await listNames()).toEqual(['1 Dress 1', '3 Dress 3', '4 LISTING_INVALID', 'five IMAGE_MISSING']);
  });

  test('a listing without an id that can be made is named with what stands there, and the others are used', async () => {
    await writeBatch(BATCH, [
      listing('1'),
      { item_id: 'a\nb', title: 'No id', price: 1, brand: 'Zara' },
      listing('2', { price: -1 }),
    ]);
    await write('scraped/plain.json', [listing('4', { item_id: undefined })]);
    await write('scraped/images/4/0.jpg');
    const entries = await list();
    expect(entries.flatMap((entry) => (entry.kind === 'item' ? [entry.itemId] : []))).toEqual([
      expect.stringMatching(/^made_[0-9a-f]{16}$/),
      '1',
      '2',
    ]);
    expect(entries.flatMap((entry) => (entry.kind === 'fault' ? [entry.failure] : []))).toEqual([
      {
        itemId: `${BATCH}[1]`,
        source: 'scraped',
        stage: 'discover',
        code: 'LISTING_INVALID',
        reason: 'item_id: must be a text of 1 to 512 characters, or a whole number: "a\\nb"',
        value: '"a\\nb"',
        path: join(scraped, BATCH, 'batch.json'),
      },
    ]);
  });

  test('a batch that cannot be used is one fault, and the others go on', async () => {
    await writeBatch('batch_5', [listing('1')]);
    await write('scraped/batch_4/batch.json', '{"items": [');
    await mkdir(join(scraped, 'batch_3'));
    await write('scraped/2.json', `["${'x'.repeat(3000)}"]`);
    await mkdir(join(scraped, '1.json'));
    execFileSync('mkfifo', [join(scraped, '0.json')]);
    await symlink('/etc/hostname', join(scraped, '-1.json'));
    const entries = await list(open({ maxBatchFileBytes: 2000 }));
    expect(entries.map((entry) => (entry.kind === 'item' ? entry.itemId : entry.failure.reason))).toEqual([
      '1',
      expect.stringMatching(/no valid JSON/),
      expect.stringMatching(/no batch\.json/),
      expect.stringMatching(/more than the limit/),
      expect.stringMatching(/no batch\.json/),
      expect.stringMatching(/named pipe/),
      expect.stringMatching(/leads out/),
    ]);
    for (const entry of entries.slice(1)) {
      expect(entry).toMatchObject({ kind: 'fault', failure: { code: 'BATCH_INVALID', stage: 'discover' } });
    }
  });

  test('what lies beside batches and is none is counted, and fails nothing', async () => {
    await writeBatch('batch_b', [listing('1')]);
    await write('scraped/20240101_000000.json', [listing('2', { local_image_paths: ['shared/2.jpg'] })]);
    await write('scraped/shared/2.jpg');
    await write('scraped/unused/3.jpg');
    await write('scraped/cookies.json', [{ name: 'session', value: 'x', domain: '.example.com' }]);
    await write('scraped/progress.json', { last_page: 7, pages: [1, 2, 3], state: { title_seen: 5 } });
    await write('scraped/notes.txt');
    await write('scraped/.cache.json', []);
    await write('scraped/@eaDir/batch_x.json', []);
    const source = open({ names: { ignore: ['@eaDir'] } });
    expect(await listNames(source)).toEqual(['1 Dress 1', '2 Dress 2']);
    expect(await leftOutOf(source)).toBe(
      '2 .json (not a batch), 1 .json (hidden), 1 folder (ignored), 1 .txt (not a batch), 1 folder (not a batch)',
    );
  });

  test('a file that is named as a batch, or has anything like a listing, is one fault or more', async () => {
    await write('scraped/batch_empty.json', { error: 'rate limited' });
    await write('scraped/20250101_000000.json', ['nothing']);
    await write('scraped/renamed.json', { results: [{ title: 'Dress', price: 1 }] });
    await write('scraped/list.json', [{ title: 'Dress', price: 1 }]);
    expect(await listNames()).toEqual([
      ...['renamed[0] LISTING_INVALID', 'list[0] LISTING_INVALID', 'batch_empty BATCH_INVALID'],
      '20250101_000000 BATCH_INVALID',
    ]);
    expect(await leftOutOf()).toBe('');
  });

  test('patterns leave out batches and images; hidden batches can be asked for', async () => {
    await writeBatch('batch_a', [listing('1'), listing('2')]);
    await writeBatch('batch_b', [listing('3')]);
    await write('scraped/.late.json', [listing('4', { local_image_paths: ['batch_a/images/1/0.jpg'] })]);
    const source = open({ names: { exclude: ['batch_b', 'batch_a/images/2/**'], includeHidden: true } });
    expect((await listNames(source)).sort()).toEqual(['1 Dress 1', '4 Dress 4']);
    expect(await leftOutOf(source)).toBe('1 folder (excluded), 1 .jpg (excluded)');
    expect(await listBatches(scraped, { names: { exclude: ['batch_*'] } })).toEqual([]);
  });

  test('a missing folder is SOURCE_UNREADABLE, an empty one a warning', async () => {
    await expect(list(open({ directory: join(outside, 'missing') }))).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
    });
    const logger = new RecordingLogger();
    expect(await list(open({ logger }))).toEqual([]);
    expect(logger.events).toEqual([expect.objectContaining({ level: 'warn' })]);
  });

  test('loadBatch reads a batch whole', async () => {
    await writeBatch(BATCH, [listing('1'), { title: 'No id', price: 1, brand: 'Zara' }]);
    expect(await loadBatch(join(scraped, BATCH))).toMatchObject({
      batchId: BATCH,
      items: [{ itemId: '1', localImagePaths: ['images/1/0.jpg', 'images/1/1.jpg'] }],
      rejected: [
        {
          itemId: `${BATCH}[1]`,
          reason: expect.stringMatching(/^item_id: /),
          path: join(scraped, BATCH, 'batch.json'),
        },
      ],
    });
    await expect(loadBatch(join(scraped, 'missing'))).rejects.toMatchObject({ code: 'BATCH_INVALID' });
  });
});

describe('local image paths', () => {
  /** What comes of one listing with this path. */
  async function outcomeOf(path: string, options: Partial<ScrapedBatchesOptions> = {}): Promise<string> {
    await write(`scraped/${BATCH}/batch.json`, [listing('1', { local_image_paths: [path] })]);
    const source = open(options);
    const [entry] = await list(source);
    if (entry?.kind !== 'item') return entry?.failure.code ?? 'nothing';
    return Buffer.from(await source.read(entry)).toString();
  }

  test('are looked for in the batch, then the scraped folder, then the working directory', async () => {
    await write('working/a.jpg', 'working');
    expect(await outcomeOf('a.jpg')).toBe('working');
    await write('scraped/a.jpg', 'scraped');
    expect(await outcomeOf('a.jpg')).toBe('scraped');
    await write(`scraped/${BATCH}/a.jpg`, 'batch');
    expect(await outcomeOf('a.jpg')).toBe('batch');
  });

  test('may be absolute, or go up, inside these folders', async () => {
    await write('working/a.jpg', 'working');
    await write('scraped/shared/b.jpg', 'shared');
    expect(await outcomeOf(join(working, 'a.jpg'))).toBe('working');
    expect(await outcomeOf('../shared/b.jpg')).toBe('shared');
    expect(await outcomeOf(pathToFileURL(join(working, 'a.jpg')).href)).toBe('working');
  });

  test('may be written by Windows', async () => {
    await write(`scraped/${BATCH}/images/1/0.jpg`, 'image');
    expect(await outcomeOf('images\\1\\0.jpg')).toBe('image');
  });

  test('may name the folders as they were given, through a symbolic link', async () => {
    await write('scraped/a.jpg', 'scraped');
    await symlink('scraped', join(outside, 'alias'));
    expect(await outcomeOf(join(outside, 'alias/a.jpg'), { directory: join(outside, 'alias') })).toBe('scraped');
    expect(await outcomeOf(join(scraped, 'a.jpg'), { directory: join(outside, 'alias') })).toBe('scraped');
  });

  test('are taken one after the other, each file once, when one cannot be used', async () => {
    const item = listing('1', {
      local_image_paths: ['images/1/b.jpg', 'images/none.jpg', './images/1/b.jpg', 'empty.jpg'],
    });
    await writeBatch(BATCH, [item]);
    for (const name of ['images/1/b.jpg', 'images/1/10.jpg', 'images/1.png']) await write(`scraped/${BATCH}/${name}`);
    await write(`scraped/${BATCH}/empty.jpg`, '');
    // Called as the listing's address is, which other listings' images may be as well.
    await write(`scraped/${BATCH}/1.jpg`);
    const places: string[] = [];
    let [entry] = await list();
    while (entry?.kind === 'item') {
      places.push(entry.metadata.localImagePath);
      entry = await entry.next?.();
    }
    expect(places).toEqual(['images/1/b.jpg', 'images/1/0.jpg', 'images/1/10.jpg', 'images/1.png']);
  });

  test('none, or one that leads nowhere, is IMAGE_MISSING', async () => {
    await write(`scraped/${BATCH}/batch.json`, [listing('1', { local_image_paths: [] }), listing('2')]);
    expect(await list()).toEqual([
      {
        kind: 'fault',
        failure: expect.objectContaining({
          itemId: '1',
          reason: expect.stringMatching(/^the listing has no local image path; --download-images would fetch it/),
        }),
      },
      {
        kind: 'fault',
        failure: expect.objectContaining({ itemId: '2', path: 'images/2/0.jpg', code: 'IMAGE_MISSING' }),
      },
    ]);
  });

  test('that lead out are PATH_FORBIDDEN, whether or not there is a file', async () => {
    await write('secret.jpg', 'secret');
    await mkdir(join(scraped, BATCH), { recursive: true });
    await symlink(join(outside, 'secret.jpg'), join(scraped, BATCH, 'link.jpg'));
    for (const path of [
      '../../secret.jpg',
      '..\\..\\secret.jpg',
      '../../not-there.jpg',
      join(outside, 'secret.jpg'),
      `${scraped}-2/a.jpg`,
      'link.jpg',
      pathToFileURL(join(outside, 'secret.jpg')).href,
      'https://images.example.com/0.jpg',
      '//server/share/a.jpg',
      '\\\\server\\share\\a.jpg',
      'a\0.jpg',
    ]) {
      expect([path, await outcomeOf(path)]).toEqual([path, 'PATH_FORBIDDEN']);
    }
  });

  test.each(['/', dirname(homedir()), homedir()])('may not lead all over the machine from %s', async (place) => {
    await write('secret.jpg', 'secret');
    await write('scraped/a.jpg', 'scraped');
    const options = { workingDirectory: place };
    // A file that could be read but is not there would be IMAGE_MISSING.
    for (const path of [join(outside, 'secret.jpg'), join(homedir(), 'no-such-image.jpg')]) {
      expect(await outcomeOf(path, options)).toBe('PATH_FORBIDDEN');
    }
    expect(await outcomeOf(relative(place, join(scraped, 'a.jpg')), options)).toBe('scraped');
  });

  test('that lead out are read where this is allowed', async () => {
    await write('secret.jpg', 'secret');
    const path = join(outside, 'secret.jpg');
    const allowOutsidePaths = true;
    for (const written of [path, '../../secret.jpg', pathToFileURL(path).href]) {
      expect(await outcomeOf(written, { allowOutsidePaths })).toBe('secret');
    }
    expect(await outcomeOf('file://server/share/a.jpg', { allowOutsidePaths })).toBe('PATH_FORBIDDEN');
  });

  test('a folder or a named pipe is IMAGE_UNREADABLE', async () => {
    await mkdir(join(scraped, BATCH, 'folder.jpg'), { recursive: true });
    execFileSync('mkfifo', [join(scraped, BATCH, 'pipe.jpg')]);
    expect(await outcomeOf('folder.jpg')).toBe('IMAGE_UNREADABLE');
    expect(await outcomeOf('pipe.jpg')).toBe('IMAGE_UNREADABLE');
  });
});
