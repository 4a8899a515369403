import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, realpath, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { dot, lengthOf } from '@fashionmatch/domain';
import { RecordingLogger } from '@fashionmatch/domain/testing';
import { openEmbeddedChroma } from '@fashionmatch/storage';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';

import { copySampleData } from '../sample-data/copy-sample-data.js';
import { BUILT_IN, fashionmatch, FashionmatchProcess, type Outcome } from './running/fashionmatch-process.js';
import { writeForeignStore } from './running/foreign-store.js';
import { readRawCollections, type RawCollection } from './running/raw-collections.js';

/** Of the sample wardrobe: what is no image fails in each run. */
const SOME_FAILED = 3;

let folder = '';
const inFolder = (name: string): string => join(folder, name);

/** A store of the sample wardrobe as another program had it; each test works on a copy of it. */
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'fashionmatch-adopt-')));
  await copySampleData(inFolder('data'));
  expect(await run(['embed', '--json'], { store: 'ours' })).toMatchObject({ exitCode: SOME_FAILED });
  await writeForeignStore(inFolder('ours'), { persistDirectory: inFolder('theirs'), workingDirectory: folder });
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

const at = (store: string): Record<string, string> => ({ FASHIONMATCH_DATABASE__PERSIST_DIRECTORY: store });

function run(args: string[], { store = '', ...env }: Record<string, string>): Promise<Outcome> {
  return fashionmatch(args, folder, { ...BUILT_IN, ...at(store), ...env });
}

async function runJson(
  args: string[],
  env: Record<string, string>,
): Promise<{ exitCode: number | null; document: object }> {
  const { exitCode, stdout, stderr } = await run([...args, '--json'], env);
  if (stdout === '') throw new Error(stderr);
  const document: unknown = JSON.parse(stdout);
  return { exitCode, document: typeof document === 'object' && document !== null ? document : {} };
}

async function copyOfTheirs(store: string): Promise<string> {
  await cp(inFolder('theirs'), inFolder(store), { recursive: true });
  return store;
}

/** Names and contents of all files below a folder. */
async function contentsOf(name: string): Promise<Record<string, string>> {
  const entries = await readdir(inFolder(name), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort(); // prettier-ignore
  const hash = async (path: string): Promise<string> => createHash('sha256').update(await readFile(path)).digest('hex'); // prettier-ignore
  return Object.fromEntries(
    await Promise.all(files.map(async (path) => [path.slice(inFolder(name).length), await hash(path)] as const)),
  );
}

test('a store of another program is taken over: nothing is encoded again, and the original stays as it was', async () => {
  const store = await copyOfTheirs('whole');
  const before = await contentsOf(store);
  const dryRun = await runJson(['adopt', '--dry-run'], { store });
  expect(dryRun).toMatchObject({ exitCode: 0, document: { dry_run: true, adopted_items: 80, original: null } });
  expect(await contentsOf(store)).toEqual(before);
  expect((await readdir(folder)).filter((name) => name.startsWith(`${store}.`))).toEqual([]);

  const adopted = await runJson(['adopt', '--sample', '10'], { store });
  expect(adopted).toMatchObject({
    exitCode: 0,
    document: { status: 'completed', adopted_items: 80, items_without_image: 0, failed_items: 0, compared_items: 10 },
  });
  expect(await contentsOf(`${store}.original`)).toEqual(before);

  expect(await runJson(['verify'], { store })).toMatchObject({
    exitCode: 0,
    document: { status: 'clean', found: { items: 80 } },
  });
  const embedded = await runJson(['embed'], { store });
  expect(embedded.document).toMatchObject({ total: { processed_items: 0, skipped_items: 80 } });
  const [ours, theirs] = await Promise.all([
    readRawCollections(inFolder('ours'), 'fashion_items'),
    readRawCollections(inFolder(store), 'fashion_items'),
  ]);
  for (const space of ['clip', 'dino'] as const) {
    expect(theirs[space].ids).toEqual(ours[space].ids);
    for (const [i, vector] of theirs[space].embeddings.entries()) {
      const other = ours[space].embeddings[i] ?? [];
      expect(Math.max(...vector.map((value, j) => Math.abs(value - (other[j] ?? NaN))))).toBeLessThan(1e-6);
    }
  }
  expect(await runJson(['adopt'], { store })).toMatchObject({ exitCode: 0, document: { status: 'nothing_to_adopt' } });
});

test('before, every command says what it is', async () => {
  const store = await copyOfTheirs('looked-at');
  const { document } = await runJson(['status'], { store });
  expect(document).toMatchObject({ items_by_source: { references: 0, scraped: 0, unknown: 80 } });
  for (const args of [['status'], ['search', '--id', 'none'], ['verify'], ['embed'], ['embed', '--dry-run']]) {
    const { stdout, stderr } = await run(args, { store });
    expect(stdout + stderr).toContain('fashionmatch adopt');
  }
  expect((await run(['embed', '--dry-run'], { store })).exitCode).toBe(2);
});

test('vectors of another model are refused with the median, and the store is left alone', async () => {
  const store = 'refused';
  await writeForeignStore(inFolder('ours'), {
    persistDirectory: inFolder(store),
    workingDirectory: folder,
    isMixedUp: true,
  });
  const before = await contentsOf(store);
  const { exitCode, stderr } = await run(['adopt'], { store });
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/fashion_items_dino .* the median cosine is 0\.\d{4}/);
  expect(await contentsOf(store)).toEqual(before);
  expect((await readdir(folder)).filter((name) => name.startsWith(`${store}.`))).toEqual([]);
});

test('images that were moved are found below a root, and items whose image is gone are kept, marked', async () => {
  const data = (name: string): string => inFolder(join('moved', name));
  await cp(inFolder('data/references'), data('looks'), { recursive: true });
  await rename(inFolder('data/references'), inFolder('data/away'));
  try {
    const inPlace = await copyOfTheirs('in-place');
    const gone = await runJson(['adopt', '--in-place'], { store: inPlace });
    expect(gone.document).toMatchObject({ adopted_items: 80, items_without_image: 60, original: null });
    const { clip } = await readRawCollections(inFolder(inPlace), 'fashion_items');
    expect(clip.metadatas.filter((metadata) => metadata?.['fm_content_sha256'] === '')).toHaveLength(60);

    const found = await runJson(['adopt', '--root', data('looks')], { store: await copyOfTheirs('rooted') });
    expect(found.document).toMatchObject({ adopted_items: 80, items_without_image: 0, compared_items: 20 });
  } finally {
    await rename(inFolder('data/away'), inFolder('data/references'));
  }
});

test('killed at any moment, it loses nothing: the next one ends it', async () => {
  const store = await copyOfTheirs('killed');
  const before = await contentsOf(store);
  for (const milliseconds of [1_500, 2_500, 3_500, 4_500]) {
    const running = new FashionmatchProcess(['adopt', '-q'], folder, { ...BUILT_IN, ...at(store) });
    const killing = setTimeout(() => running.child.kill('SIGKILL'), milliseconds);
    await running.outcome;
    clearTimeout(killing);
  }
  const { exitCode, document } = await runJson(['adopt'], { store });
  expect(exitCode).toBe(0);
  if ('adopted_items' in document && document.adopted_items === 0) {
    expect(document).toMatchObject({ status: 'nothing_to_adopt' });
  } else expect(document).toMatchObject({ status: 'completed', adopted_items: 80 });
  expect(await contentsOf(`${store}.original`)).toEqual(before);
  expect(await runJson(['verify'], { store })).toMatchObject({
    exitCode: 0,
    document: { status: 'clean', found: { items: 80 } },
  });
});

test('on a server it is taken over where it is, and only when that is said', async () => {
  const persistDirectory = inFolder(await copyOfTheirs('served'));
  await using server = await openEmbeddedChroma({ persistDirectory, logger: new RecordingLogger() });
  const env = {
    store: 'nowhere',
    FASHIONMATCH_DATABASE__HOST: '127.0.0.1',
    FASHIONMATCH_DATABASE__PORT: String(server.port),
  };
  expect((await run(['adopt'], env)).exitCode).toBe(2);
  const adopted = await runJson(['adopt', '--in-place', '--sample', '4'], env);
  expect(adopted).toMatchObject({ exitCode: 0, document: { adopted_items: 80, original: null } });
  expect(await runJson(['verify'], env)).toMatchObject({ exitCode: 0, document: { status: 'clean' } });
});

/** As real versions of Chroma wrote them, of the same wardrobe; none where nobody says where they are. */
const STORES = process.env['FASHIONMATCH_STORES_DIR'] ?? '';
const archives = STORES === '' ? [] : readdirSync(STORES).filter((name) => name.endsWith('.tar.gz'));

(archives.length === 0 ? test.skip : test).each(archives.length === 0 ? ['none'] : archives)(
  'a store that a real Chroma wrote: %s',
  async (archive) => {
    const store = basename(archive, '.tar.gz');
    execFileSync('tar', ['xzf', join(STORES, archive), '-C', folder]);
    const before = await contentsOf(store);
    const { stdout, stderr } = await run(['status'], { store });
    expect(stdout + stderr).toContain('adopt');
    if (store !== 'chroma-python-1.5.9') expect(await contentsOf(store)).toEqual(before);

    const adopted = await runJson(['adopt'], { store });
    expect(adopted).toMatchObject({ exitCode: 0, document: { adopted_items: 80, items_without_image: 0 } });
    const embedded = await runJson(['embed'], { store });
    expect(embedded.document).toMatchObject({ total: { processed_items: 0, skipped_items: 80 } });
    expect(await runJson(['verify'], { store })).toMatchObject({
      exitCode: 0,
      document: { status: 'clean', found: { items: 80 } },
    });
    if (store !== 'chroma-python-1.5.9') expect(await contentsOf(`${store}.original`)).toEqual(before);

    // On a copy: reading them is what changes them.
    await cp(inFolder(`${store}.original`), inFolder(`${store}.read`), { recursive: true });
    const theirs = await readRawCollections(inFolder(`${store}.read`), 'fashion_items');
    const query = theirs.clip.ids[7] ?? '';
    const found = hitsSchema.parse((await runJson(['search', '--id', query, '-k', '10'], { store })).document);
    expect(found.hits).toHaveLength(10);
    for (const { item_id: id, clip_score: clip, dino_score: dino } of found.hits) {
      expect(Math.abs(cosineIn(theirs.clip, query, id) - clip)).toBeLessThan(1e-6);
      expect(Math.abs(cosineIn(theirs.dino, query, id) - dino)).toBeLessThan(1e-6);
    }
    expect(found.hits.map((hit) => hit.item_id)).toEqual(nearestOf(theirs, query, 10));
  },
);

const hitsSchema = z.object({
  hits: z.array(z.object({ item_id: z.string(), clip_score: z.number(), dino_score: z.number() })),
});

function vectorOf({ ids, embeddings }: RawCollection, id: string): readonly number[] {
  return embeddings[ids.indexOf(id)] ?? [];
}

function cosineIn(rows: RawCollection, a: string, b: string): number {
  const [one, other] = [vectorOf(rows, a), vectorOf(rows, b)];
  return dot(one, other) / (lengthOf(one) * lengthOf(other));
}

/** By brute force over what the other program had stored, with the weights of the default configuration. */
function nearestOf(theirs: { clip: RawCollection; dino: RawCollection }, query: string, count: number): string[] {
  const scored = theirs.clip.ids
    .filter((id) => id !== query)
    .map((id) => ({ id, score: 0.6 * cosineIn(theirs.clip, query, id) + 0.4 * cosineIn(theirs.dino, query, id) }));
  return scored.sort((a, b) => b.score - a.score).slice(0, count).map(({ id }) => id); // prettier-ignore
}
