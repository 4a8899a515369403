import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { RecordingLogger } from '@fashionmatch/domain/testing';
import { openEmbeddedChroma } from '@fashionmatch/storage';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { copySampleData } from '../sample-data/copy-sample-data.js';
import { BUILT_IN, fashionmatch, type Outcome } from './running/fashionmatch-process.js';
import { pythonEnvironment } from './running/python-environment.js';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PYTHON_READERS = ['read_with_chromadb', 'read_with_langchain', 'read_with_llama_index'];

/** What is asked of all readers, and of us. */
const [BRAND, TEXT, TOP_K] = ['Nordlys', 'striped', 10];

/** Of float32 distances, and one reader's way over exp and log. */
const TOLERANCE = 1e-6;

type Scores = [itemId: string, score: number][];

interface Reading {
  readonly clip: Scores;
  readonly dino: Scores;
  readonly of_brand: Scores;
  readonly with_text: Scores;
}

const environment = await pythonEnvironment(join(ROOT, 'examples/python/requirements.txt'));
if ('missing' in environment) process.stderr.write(`The readers in Python are left out: ${environment.missing}\n`);
const python = 'missing' in environment ? '' : environment.python;
const testWithPython = python === '' ? test.skip : test;

let folder = '';
let itemId = '';
let expected: Reading;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-readers-'));
  await copySampleData(join(folder, 'data'));
  // One of the sample photographs is broken.
  expect(await command('embed', '-q')).toMatchObject({ exitCode: 3 });
  itemId = (await hitsOf('--where', 'source=scraped', 'data/references/navy-striped-t-shirt.png'))[0]?.item_id ?? '';
  const inClip = (...args: string[]): Promise<Hit[]> => hitsOf('--id', itemId, '--weights', 'clip=1,dino=0', ...args);
  const all = await inClip('-k', '1000');
  expected = {
    clip: scoresOf(all),
    dino: scoresOf(await hitsOf('--id', itemId, '--weights', 'clip=0,dino=1'), 'dino_score'),
    of_brand: scoresOf(await inClip('--where', `brand=${BRAND}`)),
    with_text: scoresOf(all.filter(({ title }) => title.includes(TEXT))),
  };
  const { clip, dino, of_brand, with_text } = expected;
  for (const scores of [clip, dino, of_brand, with_text]) expect(scores.length).toBeGreaterThan(3);
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

interface Hit {
  readonly item_id: string;
  readonly clip_score: number;
  readonly dino_score: number;
  readonly title: string;
}

const command = (...args: string[]): Promise<Outcome> => fashionmatch(args, folder, BUILT_IN);

async function hitsOf(...args: string[]): Promise<Hit[]> {
  const document: { hits: Hit[] } = JSON.parse((await command('search', ...args, '--json')).stdout);
  return document.hits;
}

function scoresOf(hits: readonly Hit[], score: 'clip_score' | 'dino_score' = 'clip_score'): Scores {
  return hits.slice(0, TOP_K).map((hit) => [hit.item_id, hit[score]]);
}

async function read(program: string, script: string, place: string): Promise<Reading> {
  const args = [script, place, itemId, '--brand', BRAND, '--text', TEXT, '--top-k', String(TOP_K)];
  const reading: Reading = JSON.parse((await run(program, args)).stdout);
  return reading;
}

const readWithPython = (script: string, place: string): Promise<Reading> =>
  read(python, join(ROOT, 'examples/python', `${script}.py`), place);

function expectAsOurs(reading: Reading): void {
  const ids = ({ clip, dino, of_brand, with_text }: Reading): string[][] =>
    [clip, dino, of_brand, with_text].map((scores) => scores.map(([id]) => id));
  expect(ids(reading)).toEqual(ids(expected));
  const scores = ({ clip, dino, of_brand, with_text }: Reading): number[] =>
    [clip, dino, of_brand, with_text].flat().map(([, score]) => score);
  const differences = scores(reading).map((score, i) => Math.abs(score - (scores(expected)[i] ?? NaN)));
  expect(Math.max(...differences)).toBeLessThan(TOLERANCE);
}

const store = (): string => join(folder, 'data/chromadb');

test('a program in JavaScript finds what we find, over HTTP', async () => {
  await using server = await openEmbeddedChroma({ persistDirectory: store(), access: 'read', logger });
  const script = join(ROOT, 'examples/dist/read-with-chromadb.js');
  expectAsOurs(await read(process.execPath, script, `http://${server.host}:${String(server.port)}`));
});

const logger = new RecordingLogger();

testWithPython('programs in Python find what we find, in the folder and over HTTP', async () => {
  for (const script of PYTHON_READERS) expectAsOurs(await readWithPython(script, store()));
  await using server = await openEmbeddedChroma({ persistDirectory: store(), access: 'read', logger });
  const address = `http://${server.host}:${String(server.port)}`;
  const readings = await Promise.all(PYTHON_READERS.map((script) => readWithPython(script, address)));
  for (const reading of readings) expectAsOurs(reading);
});

testWithPython('what such a program changes, status and verify notice, and a repair mends', async () => {
  const script = join(ROOT, 'tools/python/change_rows.py');
  const { taken, changed, overwritten, added }: Record<string, string> = JSON.parse(
    (await run(python, [script, store()])).stdout,
  );
  const [clip, dino] = ['fashion_items_clip', 'fashion_items_dino'];
  const status = await command('status', '--check', '--json');
  expect(status.exitCode).toBe(4);
  expect(JSON.parse(status.stdout)).toMatchObject({ drift: true, items_in_one_only: 2, spot_check: { at_fault: 2 } });
  const verify = await command('verify', '--json');
  expect(verify.exitCode).toBe(4);
  const { found }: { found: { findings: unknown[] } } = JSON.parse(verify.stdout);
  expect(found.findings).toHaveLength(4);
  expect(found.findings).toEqual(
    expect.arrayContaining([
      { item_id: taken, kind: 'half_missing', collection: clip },
      { item_id: changed, kind: 'metadata_differs', collection: null },
      { item_id: overwritten, kind: 'vector_differs', collection: clip },
      { item_id: added, kind: 'half_missing', collection: dino },
    ]),
  );
  const repair = await command('verify', '--repair', '--yes', '--json');
  expect(repair.exitCode).toBe(0);
  expect(JSON.parse(repair.stdout)).toMatchObject({ status: 'repaired', remaining: { items_at_fault: 0 } });
  expectAsOurs(await readWithPython('read_with_chromadb', store()));
});
