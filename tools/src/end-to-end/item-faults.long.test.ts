import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

import { dot, type ItemCode } from '@fashionmatch/domain';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';

import { FashionmatchProcess, type Outcome } from './running/fashionmatch-process.js';
import { readRawCollections, type RawCollection } from './running/raw-collections.js';

const ENVIRONMENT = {
  FASHIONMATCH_MODELS__CLIP_MODEL: 'builtin/colour-layout',
  FASHIONMATCH_MODELS__DINO_MODEL: 'builtin/structure',
  FASHIONMATCH_LIMITS__MAX_FILE_MB: '0.1',
  FASHIONMATCH_LIMITS__MAX_MEGAPIXELS: '1',
};

/** Root reads everything, unless these capabilities are taken from it. */
const READS_EVERYTHING = '-dac_override,-dac_read_search';
const SETPRIV = ['setpriv', '--bounding-set', READS_EVERYTHING, '--inh-caps', READS_EVERYTHING];
const isRoot = process.getuid?.() === 0;
const canDropPrivilege = isRoot && spawnSync('setpriv', [...SETPRIV.slice(1), 'true']).status === 0;
const permissionsHold = canDropPrivilege || !isRoot;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-item-faults-'));
});
afterAll(() => rm(folder, { recursive: true }));

function start(...args: readonly string[]): FashionmatchProcess {
  return new FashionmatchProcess(args, folder, ENVIRONMENT, canDropPrivilege ? SETPRIV : []);
}

const run = (...args: readonly string[]): Promise<Outcome> => start(...args).outcome;

async function write(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
}

const [WIDTH, HEIGHT] = [64, 48];
const [RED, BLUE] = [Buffer.from([200, 10, 20]), Buffer.from([10, 20, 200])];

/** A block in a field: two colours, so that every format keeps them. */
function pixels(block: Buffer, field: Buffer): Buffer {
  const inBlock = (i: number): boolean => i % WIDTH < WIDTH / 3 && i < (WIDTH * HEIGHT) / 2;
  return Buffer.concat(Array.from({ length: WIDTH * HEIGHT }, (_, i) => (inBlock(i) ? block : field)));
}

const size = { width: WIDTH, height: HEIGHT, channels: 3 } as const;
const redBlock = sharp(pixels(RED, BLUE), { raw: size });
const blueBlock = sharp(pixels(BLUE, RED), { raw: size });
const film = sharp(Buffer.concat([pixels(RED, BLUE), pixels(BLUE, RED)]), {
  raw: { ...size, height: 2 * HEIGHT, pageHeight: HEIGHT },
});

/** A small image, another one for each number. */
function numbered(i: number): Promise<Buffer> {
  const background = { r: i % 256, g: i >> 8, b: 100 };
  return sharp({ create: { ...size, background } })
    .png()
    .toBuffer();
}

interface Document {
  readonly total: Readonly<Record<string, number>>;
  readonly failures: readonly { item_id: string; stage: string; code: string; reason: string; path: string }[];
}

function documentOf({ stdout }: Outcome): Document {
  const document: Document = JSON.parse(stdout);
  return document;
}

describe('reference images', () => {
  const faults: readonly (readonly [name: string, code: ItemCode, reason: RegExp])[] = [
    ['cut-short.jpg', 'IMAGE_INVALID', /JPEG file is damaged or cut short/],
    ['document.jpg', 'IMAGE_INVALID', /looks like a PDF document/],
    ['empty.jpg', 'IMAGE_INVALID', /file is empty/],
    ['folder.jpg', 'IMAGE_UNREADABLE', /a folder, not a file/],
    ['pipe.jpg', 'IMAGE_UNREADABLE', /a named pipe, not a file/],
    ['leads-nowhere.jpg', 'IMAGE_MISSING', /does not exist/],
    ['too-many-bytes.png', 'IMAGE_TOO_LARGE', /more than the limit of 0\.1 MiB/],
    ['too-many-pixels.png', 'IMAGE_TOO_LARGE', /1200×1000 pixels, more than the limit of 1000000/],
  ];
  const NAMES_OF_RED_BLOCK = ['still.png', 'webp-named.jpg', 'png-named.webp', 'film.gif', 'film.webp'];

  let outcome: Outcome;
  let clip: RawCollection;
  beforeAll(async () => {
    const jpeg = await redBlock.clone().jpeg().toBuffer();
    await write('references/still.png', await redBlock.clone().png().toBuffer());
    await write('references/webp-named.jpg', await redBlock.clone().webp({ lossless: true }).toBuffer());
    await write('references/png-named.webp', await redBlock.clone().png({ progressive: true }).toBuffer());
    await write(
      'references/film.gif',
      await film
        .clone()
        .gif({ delay: [100, 100] })
        .toBuffer(),
    );
    await write(
      'references/film.webp',
      await film
        .clone()
        .webp({ lossless: true, delay: [100, 100] })
        .toBuffer(),
    );
    await write('references/other.png', await blueBlock.clone().png().toBuffer());

    await write('references/no-permission.jpg', jpeg);
    await chmod(join(folder, 'references/no-permission.jpg'), 0);
    await write('references/cut-short.jpg', jpeg.subarray(0, jpeg.length - 100));
    await write('references/document.jpg', '%PDF-1.7\n');
    await write('references/empty.jpg', '');
    await mkdir(join(folder, 'references/folder.jpg'));
    execFileSync('mkfifo', [join(folder, 'references/pipe.jpg')]);
    await symlink('nowhere.jpg', join(folder, 'references/leads-nowhere.jpg'));
    await write('references/too-many-bytes.png', Buffer.concat([await numbered(1), Buffer.alloc(200_000)]));
    const vast = sharp({ create: { width: 1200, height: 1000, channels: 3, background: '#777' } });
    await write('references/too-many-pixels.png', await vast.png().toBuffer());

    outcome = await run('embed', '--mode', 'references', '--references-dir', 'references', '--json');
    ({ clip } = await readRawCollections(join(folder, 'data/chromadb'), 'fashion_items'));
  });

  const vectorOf = (name: string): Float32Array => {
    const place = clip.metadatas.findIndex((metadata) => metadata?.['title'] === name);
    return Float32Array.from(clip.embeddings[place] ?? []);
  };

  const failureOf = (name: string): unknown => documentOf(outcome).failures.find(({ path }) => basename(path) === name);

  test('the run finishes, and says that some items failed', () => {
    expect(outcome.exitCode).toBe(3);
    expect(documentOf(outcome).total).toMatchObject({
      processed_items: NAMES_OF_RED_BLOCK.length + 1 + (permissionsHold ? 0 : 1),
      failed_items: faults.length + (permissionsHold ? 1 : 0),
    });
  });

  test.each(faults)('%s is %s', (name, code, reason) => {
    expect(failureOf(name)).toMatchObject({ code, reason: expect.stringMatching(reason) });
  });

  // Where root keeps its power to read everything, there is nothing to see.
  (permissionsHold ? test : test.skip)('no-permission.jpg is IMAGE_UNREADABLE', () => {
    expect(failureOf('no-permission.jpg')).toMatchObject({
      code: 'IMAGE_UNREADABLE',
      reason: expect.stringMatching(/permission/),
    });
  });

  test.each(NAMES_OF_RED_BLOCK)('%s is read by its content, and of a film the first frame', (name) => {
    expect(dot(vectorOf(name), vectorOf('still.png'))).toBeGreaterThan(0.9999);
    expect(dot(vectorOf(name), vectorOf('other.png'))).toBeLessThan(0.95);
  });
});

test('a file that is deleted while the run goes on is IMAGE_MISSING', async () => {
  // The encoders load when the first batch is there; hundreds are between that and the last one.
  await write('vanishing/000.png', 'no image');
  for (let i = 1; i < 200; i++) await write(`vanishing/${String(i).padStart(3, '0')}.png`, await numbered(i));
  const { child, outcome } = start(
    ...['embed', '--mode', 'references', '--references-dir', 'vanishing', '--batch-size', '8', '--json'],
  );
  const deleted = new Promise((done) => {
    child.stderr?.on('data', (log: Buffer) => {
      if (log.includes('Encoder ready')) done(rm(join(folder, 'vanishing/199.png'), { force: true }));
    });
  });
  const { exitCode, stdout } = await outcome;
  await deleted;
  expect(exitCode).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({
    total: { processed_items: 198, failed_items: 2 },
    failures: [
      { code: 'IMAGE_INVALID', path: expect.stringMatching(/000\.png$/) },
      { code: 'IMAGE_MISSING', path: expect.stringMatching(/199\.png$/), reason: 'the file does not exist' },
    ],
  });
});

function listing(itemId: string, changes: Readonly<Record<string, unknown>> = {}): object {
  return {
    item_id: itemId,
    title: `Dress ${itemId}`,
    price: 10,
    image_urls: ['https://images.example.com/0.jpg'],
    url: 'https://www.example.com/items/1',
    scraped_at: '2025-01-15T14:30:22',
    local_image_paths: [`images/${itemId}.png`],
    ...changes,
  };
}

describe('scraped batches', () => {
  let scraped = '';
  beforeEach(async () => {
    scraped = basename(await mkdtemp(join(folder, 'scraped-')));
  });
  afterEach(() => rm(join(folder, scraped), { recursive: true }));

  const embed = (): Promise<Outcome> => run('embed', '--mode', 'scraped', '--scraped-dir', scraped, '--json');

  test('of bad batches the good listings are used, and the bad ones are named with their field', async () => {
    await write(`${scraped}/batch_4/batch.json`, '{"items": [{"item_id": "1", ');
    await write(`${scraped}/batch_3/batch.json`, '{"listings": []}');
    const listings = [
      listing('good-1'),
      listing('price', { price: -1 }),
      listing('url', { url: 'javascript:alert(1)' }),
      listing('paths', { local_image_paths: 'images/0.jpg' }),
      { title: 'Without an id' },
      'text',
      listing('no-path', { local_image_paths: [] }),
      listing('missing', { local_image_paths: ['images/gone.jpg'] }),
      listing('outside', { local_image_paths: ['../../../../../../../../etc/hostname'] }),
      listing('good-2'),
    ];
    await write(`${scraped}/batch_2/batch.json`, JSON.stringify({ items: listings }));
    for (const i of [1, 2]) await write(`${scraped}/batch_2/images/good-${String(i)}.png`, await numbered(i));
    await write(`${scraped}/20230101_000000.json`, JSON.stringify([listing('good-3')]));
    await write(`${scraped}/images/good-3.png`, await numbered(3));

    const outcome = await embed();
    expect(outcome.exitCode).toBe(3);
    const { total, failures } = documentOf(outcome);
    expect(total).toMatchObject({ total_items: 12, processed_items: 3, failed_items: 9 });
    const named = failures.map(({ item_id, code, reason }) => [item_id, code, reason]);
    const text = (pattern: RegExp): unknown => expect.stringMatching(pattern);
    expect(named).toHaveLength(9);
    expect(named).toEqual(
      expect.arrayContaining([
        ['batch_4', 'BATCH_INVALID', text(/no valid JSON/)],
        // Of these the image alone is missed: what else they have wrong is left out with a warning.
        ['price', 'IMAGE_MISSING', text(/does not exist/)],
        ['url', 'IMAGE_MISSING', text(/does not exist/)],
        ['paths', 'IMAGE_MISSING', text(/does not exist/)],
        ['batch_2[4]', 'LISTING_INVALID', text(/^item_id: /)],
        ['batch_2[5]', 'LISTING_INVALID', text(/^listing: /)],
        ['no-path', 'IMAGE_MISSING', text(/no local image path/)],
        ['missing', 'IMAGE_MISSING', text(/does not exist/)],
        ['outside', 'PATH_FORBIDDEN', text(/leads out/)],
      ]),
    );
  });

  test('an image that was deleted since it was stored costs nothing, and its vectors stay', async () => {
    await write(`${scraped}/batch_1/batch.json`, JSON.stringify({ items: [listing('stored'), listing('deleted')] }));
    await write(`${scraped}/batch_1/images/stored.png`, await numbered(4));
    await write(`${scraped}/batch_1/images/deleted.png`, await numbered(5));
    expect(await embed()).toMatchObject({ exitCode: 0 });
    await rm(join(folder, scraped, 'batch_1/images/deleted.png'));
    const outcome = await embed();
    expect(outcome.exitCode).toBe(0);
    expect(documentOf(outcome).total).toMatchObject({ skipped_items: 2, failed_items: 0 });
    const { clip, dino } = await readRawCollections(join(folder, 'data/chromadb'), 'fashion_items');
    expect(clip.ids).toContain('deleted');
    expect(dino.ids).toContain('deleted');
  });
});

describe('escape sequences and bidirectional marks', () => {
  const HOSTILE = '\u001b[31m\u009b2J\u0007\u202egpj\u2066\u200f';
  /** Control and format characters, but for the end of a line. */
  const UNPRINTABLE = /(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/u;

  test('in titles, ids and file names never reach the terminal', async () => {
    const shown = { title: `Shown ${HOSTILE}`, brand: HOSTILE, local_image_paths: ['good.png'] };
    const listings = [
      listing('shown', shown),
      listing(`id \u202e\u2066`, { title: HOSTILE, local_image_paths: [`${HOSTILE}.jpg`] }),
      listing(HOSTILE),
    ];
    await write('hostile/batch_1/batch.json', JSON.stringify({ items: listings, batch_id: HOSTILE }));
    await write('hostile/batch_1/good.png', await numbered(999));
    await write(`hostile-references/${HOSTILE}.jpg`, 'no image');

    const common = ['--log-format', 'pretty', '-v'];
    const folders = ['--references-dir', 'hostile-references', '--scraped-dir', 'hostile'];
    const embedded = await run('embed', ...folders, ...common);
    expect(embedded).toMatchObject({ exitCode: 3, stdout: expect.stringContaining('Failed IDs:') });
    expect(embedded.stderr).toContain('listing id');
    expect(embedded.stdout).not.toMatch(UNPRINTABLE);
    expect(embedded.stderr).not.toMatch(UNPRINTABLE);

    const found = await run('search', 'hostile/batch_1/good.png', ...common);
    expect(found).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Shown \ufffd[31m') });
    expect(found.stdout).not.toMatch(UNPRINTABLE);
    expect(found.stderr).not.toMatch(UNPRINTABLE);
    const unknown = await run('search', '--id', HOSTILE, ...common);
    expect(unknown.exitCode).toBeGreaterThan(0);
    expect(unknown.stdout + unknown.stderr).not.toMatch(UNPRINTABLE);
  });
});
