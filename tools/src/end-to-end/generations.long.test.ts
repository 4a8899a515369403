import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { RecordingLogger } from '@fashionmatch/domain/testing';
import { openEmbeddedChroma } from '@fashionmatch/storage';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { z } from 'zod';

import { copySampleData } from '../sample-data/copy-sample-data.js';
import { BUILT_IN, fashionmatch, type Outcome } from './running/fashionmatch-process.js';
import { readRawCollections } from './running/raw-collections.js';
import { startServe } from './running/start-serve.js';
import {} from './running/watched.js';

const PHOTO = 'samples/references/navy-striped-t-shirt.png';
/** The built-in models the other way round are another space. */
const OTHER_MODELS = ['--clip-model', 'builtin/structure', '--dino-model', 'builtin/colour-layout'];

let folder = '';
let env: Record<string, string> = BUILT_IN;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-generations-'));
  env = { ...BUILT_IN, FASHIONMATCH_SCRAPER__REFERENCES_DIR: 'samples/references' };
  await copySampleData(join(folder, 'samples'));
});

afterEach(() => rm(folder, { recursive: true }));

const run = (...args: string[]): Promise<Outcome> => fashionmatch([...args, '--log-level', 'error'], folder, env);

const documentSchema = z.looseObject({
  hits: z.array(z.looseObject({ clip_score: z.number(), dino_score: z.number() })).optional(),
  serving: z.string().optional(),
  generations: z.array(z.looseObject({ name: z.string(), items: z.int() })).optional(),
  generation: z.string().optional(),
  collections: z.looseObject({ clip: z.looseObject({ name: z.string() }) }).optional(),
  drift: z.boolean().optional(),
});

async function document(...args: string[]): Promise<z.infer<typeof documentSchema>> {
  const { exitCode, stdout, stderr } = await run(...args, '--json');
  if (exitCode !== 0) throw new Error(`${args.join(' ')} ended with ${String(exitCode)}: ${stderr}`);
  return documentSchema.parse(JSON.parse(stdout));
}

/** What tells whose vectors are searched: the models are the other way round. */
async function secondHit(...args: string[]): Promise<string> {
  const { hits = [] } = await document('search', PHOTO, ...args);
  const [, second] = hits;
  return `${second?.clip_score.toFixed(4) ?? ''} ${second?.dino_score.toFixed(4) ?? ''}`;
}

const swapped = (scores: string): string => scores.split(' ').reverse().join(' ');

const embed = (...args: string[]): Promise<Outcome> => run('embed', '--mode', 'references', ...args);

test('another model is made beside the store, compared, switched to and back, and dropped', async () => {
  expect((await embed()).exitCode).toBe(3);
  const store = join(folder, 'data/chromadb');
  const before = await readRawCollections(store, 'fashion_items');
  const main = await secondHit('--weights', 'clip=1,dino=1');
  expect((await embed('--generation', 'next', ...OTHER_MODELS)).exitCode).toBe(3);
  expect((await document('status')).collections?.clip.name).toBe('fashion_items_clip');
  expect(await secondHit('--weights', 'clip=1,dino=1')).toBe(main);
  expect(await secondHit('--generation', 'next', '--weights', 'clip=1,dino=1')).toBe(swapped(main));

  const labels = ['eval', '--by', 'brand', '--against-generation', 'next'];
  expect(await run(...labels)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('No two stored items') });

  const { server, url } = await startServe([], folder, env);
  const served = async (): Promise<unknown> => {
    const answer: unknown = await (await fetch(`${url}api/status`)).json();
    return z.looseObject({ generation: z.string() }).parse(answer).generation;
  };
  expect(await served()).toBe('main');
  expect(await document('generations', 'use', 'next')).toMatchObject({ serving: 'next', served_before: 'main' });
  await delay(2_100);
  expect(await served()).toBe('next');
  server.child.kill('SIGTERM');
  await server.outcome;

  expect(await document('status')).toMatchObject({ generation: 'next', drift: false });
  expect(await secondHit('--weights', 'clip=1,dino=1')).toBe(swapped(main));
  expect((await run('verify')).exitCode).toBe(0);
  expect((await embed('--json')).stdout).toContain('"processed_items":0');
  const file: unknown = JSON.parse(await readFile(join(store, 'fashionmatch-generations.json'), 'utf8'));
  expect(file).toMatchObject({ collections: { fashion_items: { clip: 'fashion_items.next_clip' } } });
  expect(await run('generations', 'drop', 'next', '--yes')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('The generation next serves'),
  });

  await document('generations', 'use', 'main');
  expect(await secondHit('--weights', 'clip=1,dino=1')).toBe(main);
  expect(await readRawCollections(store, 'fashion_items')).toEqual(before);
  await document('generations', 'drop', 'next', '--yes');
  expect((await document('generations', 'list')).generations?.map(({ name }) => name)).toEqual(['main']);
  expect((await readdir(store)).filter((name) => name.includes('next'))).toEqual([]);
  expect(await readRawCollections(store, 'fashion_items')).toEqual(before);
  expect((await run('verify')).exitCode).toBe(0);
});

describe('is refused:', () => {
  test('what is not there, is empty, is of other models, or has no name', async () => {
    await embed();
    for (const [args, why] of [
      [['search', PHOTO, '--generation', 'next'], 'There is no generation next'],
      [['generations', 'use', 'next'], 'There is no generation next'],
      [['generations', 'drop', 'main', '--yes'], 'The generation main serves'],
      [['generations', 'use'], 'Name the generation'],
      [['status', '--generation', 'No_Name'], 'small letters'],
      [['embed', ...OTHER_MODELS], 'name it with --generation'],
      [['embed', '--generation', 'main', ...OTHER_MODELS], 'name it with --generation'],
    ] as const) {
      expect(await run(...args)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(why) });
    }
    await embed('--generation', 'next', ...OTHER_MODELS, '--limit', '1');
    expect(await embed('--generation', 'next', '--clip-model', 'builtin/colour-layout')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('The generation next was made with builtin/structure'),
    });
    const { exitCode } = await embed('--generation', 'other', ...OTHER_MODELS, '--dry-run');
    expect(exitCode).toBe(0);
    expect((await document('generations', 'list')).generations?.map(({ name }) => name)).toEqual(['main', 'next']);
  });
});

test('on a server of one’s own, the same', async () => {
  const chroma = await openEmbeddedChroma({ persistDirectory: join(folder, 'server'), logger: new RecordingLogger() });
  try {
    env = { ...env, FASHIONMATCH_DATABASE__HOST: chroma.host, FASHIONMATCH_DATABASE__PORT: String(chroma.port) };
    expect((await embed()).exitCode).toBe(3);
    const main = await secondHit('--weights', 'clip=1,dino=1');
    expect((await embed('--generation', 'next', ...OTHER_MODELS)).exitCode).toBe(3);
    expect(await secondHit('--weights', 'clip=1,dino=1')).toBe(main);
    await document('generations', 'use', 'next');
    expect(await secondHit('--weights', 'clip=1,dino=1')).toBe(swapped(main));
    await document('generations', 'use', 'main');
    await document('generations', 'drop', 'next', '--yes');
    expect(await document('generations', 'list')).toMatchObject({ serving: 'main', generations: [{ items: 60 }] });
    expect(await secondHit('--weights', 'clip=1,dino=1')).toBe(main);
  } finally {
    await chroma[Symbol.asyncDispose]();
  }
});
