import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { RecordingLogger } from '@fashionmatch/domain/testing';
import { openEmbeddedChroma, type EmbeddedChroma } from '@fashionmatch/storage';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { writeDistinctImages } from '../robustness/distinct-images.js';
import { CloudStandIn } from './running/cloud-stand-in.js';
import { fashionmatch, type Outcome } from './running/fashionmatch-process.js';

/** More than Chroma Cloud takes in one request, twice over. */
const ITEMS = 700;

/** Two listings that it does not take as they are: one has too long an id, one a description. */
const [LONG_ID, LONG_DESCRIPTION] = ['x'.repeat(200), 'Très long. '.repeat(600)];
const DESCRIBED = 'vinted_3';
/** And one that it takes, but not in a filter. */
const [TITLED, LONG_TITLE] = ['vinted_5', 'A jumper whose title goes on and on and on'];

let folder = '';
let chroma: EmbeddedChroma;
let cloud: CloudStandIn;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-cloud-'));
  const { scrapedDirectory } = await writeDistinctImages(join(folder, 'images'), ITEMS);
  await spoil(scrapedDirectory);
  chroma = await openEmbeddedChroma({ persistDirectory: join(folder, 'server'), logger: new RecordingLogger() });
  cloud = await CloudStandIn.start(chroma);
});

afterAll(async () => {
  await cloud[Symbol.asyncDispose]();
  await chroma[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function spoil(scrapedDirectory: string): Promise<void> {
  const [batch = ''] = await readdir(scrapedDirectory);
  const file = join(scrapedDirectory, batch, 'batch.json');
  const document: { items: { item_id: string; title: string; description: string }[] } = JSON.parse(
    await readFile(file, 'utf8'),
  );
  for (const item of document.items) {
    if (item.item_id === 'vinted_1') item.item_id = LONG_ID;
    if (item.item_id === DESCRIBED) item.description = LONG_DESCRIPTION;
    if (item.item_id === TITLED) item.title = LONG_TITLE;
  }
  await writeFile(file, JSON.stringify(document));
}

const run = (...args: string[]): Promise<Outcome> =>
  fashionmatch([...args, '--no-progress'], folder, {
    FASHIONMATCH_MODELS__CLIP_MODEL: 'builtin/colour-layout',
    FASHIONMATCH_MODELS__DINO_MODEL: 'builtin/structure',
    FASHIONMATCH_DATABASE__HOST: '127.0.0.1',
    FASHIONMATCH_DATABASE__PORT: String(cloud.port),
    FASHIONMATCH_DATABASE__BATCH_SIZE: '500',
    FASHIONMATCH_SCRAPER__REFERENCES_DIR: join(folder, 'images/references'),
    FASHIONMATCH_SCRAPER__OUTPUT_DIR: join(folder, 'images/scraped'),
  });

interface Hit {
  readonly item_id: string;
  readonly similarity_score: number;
  readonly unproven?: true;
}

const hitsOf = ({ stdout }: Outcome): Hit[] => {
  const { hits }: { hits: Hit[] } = JSON.parse(stdout);
  return hits;
};

test('embed stores all that the server takes, and the next one has nothing to do', async () => {
  const { exitCode, stdout } = await run('embed', '--json');
  const document: { total: object; failures: object[] } = JSON.parse(stdout);
  expect(document.failures).toMatchObject([{ item_id: LONG_ID, reason: expect.stringContaining('128 bytes') }]);
  expect({ exitCode, total: document.total }).toMatchObject({
    exitCode: 3,
    total: { total_items: ITEMS, processed_items: ITEMS - 1, failed_items: 1 },
  });
  const again: { total: object } = JSON.parse((await run('embed', '--json')).stdout);
  expect(again.total).toMatchObject({ processed_items: 0, skipped_items: ITEMS - 1, failed_items: 1 });
});

test('status, verify and export read all of it', async () => {
  const status = await run('status', '--check', '--json');
  const collection = { state: 'present', items: ITEMS - 1 };
  expect(status.exitCode).toBe(0);
  expect(JSON.parse(status.stdout)).toMatchObject({
    collections: { clip: collection, dino: collection },
    spot_check: { items: 500, at_fault: 0 },
  });
  const verify = await run('verify', '--json');
  expect(verify.exitCode).toBe(0);
  expect(JSON.parse(verify.stdout)).toMatchObject({ status: 'clean', found: { items: ITEMS - 1, outdated_items: 0 } });
  const exported = await run('export', 'all.npy', '--json');
  expect(JSON.parse(exported.stdout)).toMatchObject({ status: 'completed', exported_items: ITEMS - 1 });
  const rows = (await readFile(join(folder, 'all.jsonl'), 'utf8')).trim().split('\n');
  const described = rows.find((row) => row.includes(`"${DESCRIBED}"`)) ?? '';
  expect(described).toMatch(/Très long\. [^"]*…"/);
});

test('search finds what a look at every item finds, and says from where on that is not proven', async () => {
  const exact = hitsOf(await run('search', '--id', DESCRIBED, '-k', '600', '--exact', '--json'));
  expect(exact).toHaveLength(600);
  const { exitCode, stdout, stderr } = await run('search', '--id', DESCRIBED, '-k', '50', '--json');
  const hits = hitsOf({ exitCode, stdout, stderr, signal: null });
  expect(exitCode).toBe(0);
  const proven = hits.filter(({ unproven }) => !unproven);
  expect(proven.length).toBeGreaterThan(0);
  expect(proven.map(({ item_id }) => item_id)).toEqual(exact.slice(0, proven.length).map(({ item_id }) => item_id));
  expect(hits).toHaveLength(50);
  const most = await run('search', '--id', DESCRIBED, '-k', '600', '--json');
  expect(hitsOf(most).at(-1)?.unproven).toBe(true);
  expect(most.stderr).toContain('300 neighbours at most');
});

test('a filter of more conditions than the server takes is tested here', async () => {
  const brands = Array.from({ length: 12 }, (_, i) => `brand==${i === 0 ? 'Nordlys' : `Other${String(i)}`}`).join(
    ' or ',
  );
  const { exitCode, stdout, stderr } = await run('search', '--id', DESCRIBED, '--where', brands, '--json');
  expect(exitCode).toBe(0);
  expect(stderr).toContain('every item is looked at instead');
  const short = await run('search', '--id', DESCRIBED, '--where', 'brand=Nordlys', '--json');
  expect(hitsOf({ exitCode, stdout, stderr, signal: null })).toEqual(hitsOf(short));
});

test.each([`title=="${LONG_TITLE}"`, 'title~"GOES ON"', `title="${LONG_TITLE}" and price<1000`])(
  'a filter of longer texts than the server takes is tested here: %s',
  async (filter) => {
    const found = hitsOf(await run('search', '--id', DESCRIBED, '--where', filter, '--json'));
    expect(found.map(({ item_id }) => item_id)).toEqual([TITLED]);
  },
);

test('a filter that nothing meets is told with the nearest text, however long', async () => {
  const { stdout } = await run('search', '--id', DESCRIBED, '--where', `title="${LONG_TITLE.replace('title', 'titel')}"`, '--json'); // prettier-ignore
  const hint = { field: 'title', operator: '=', nearest: LONG_TITLE, items: 1 };
  expect(JSON.parse(stdout)).toMatchObject({ hits: [], hints: [hint] });
});

test('each command was refused a few times, and then knew', () => {
  expect([...cloud.refusals.keys()].length).toBeGreaterThan(3);
  for (const [kind, times] of cloud.refusals) expect({ kind, times: Math.min(times, 60) }).toEqual({ kind, times });
});
