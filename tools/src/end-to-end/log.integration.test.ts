import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { sampleImage } from '@fashionmatch/domain/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { z } from 'zod';

import { copySampleData } from '../sample-data/copy-sample-data.js';
import { BUILT_IN, fashionmatch } from './running/fashionmatch-process.js';

const SECRET = 'a-secret-that-nobody-reads';

const lineSchema = z.looseObject({ level: z.string(), run_id: z.string(), msg: z.string() });
type Line = z.infer<typeof lineSchema>;

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-log-'));
  await copySampleData(join(folder, 'data'));
});

afterAll(() => rm(folder, { recursive: true }));

function linesOf(text: string): Line[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => lineSchema.parse(JSON.parse(line)));
}

test('a run tells its story in the words of the original, on standard error and in the file, under one id', async () => {
  const args = ['embed', '--mode', 'references', '--no-progress', '--log-file', 'run.log'];
  const first = await fashionmatch(args, folder, BUILT_IN);
  const photograph = join(folder, 'data/references/navy-striped-t-shirt.png');
  await copyFile(photograph, join(folder, 'data/references/copy.png'));
  const { width, height, data } = sampleImage(240, 320, 1);
  await sharp(data, { raw: { width, height, channels: 3 } }).toFile(join(folder, 'data/references/new.jpg'));
  const second = await fashionmatch(args, folder, BUILT_IN);

  const told = [linesOf(first.stderr), linesOf(second.stderr)];
  expect(linesOf(await readFile(join(folder, 'run.log'), 'utf8'))).toEqual(told.flat());
  const ids = told.map((lines) => new Set(lines.map((line) => line.run_id)));
  expect(ids.map((set) => set.size)).toEqual([1, 1]);
  expect([...(ids[0] ?? [])]).not.toEqual([...(ids[1] ?? [])]);
  // Where the server runs from is this machine's own story; the models are loaded side by side.
  const story = (told[1] ?? [])
    .filter(({ level }) => level === 'info')
    .map(({ msg }) => msg.replace(/\d+\.\d+s$/, 'Ns'));
  expect(story).toEqual(
    expect.arrayContaining([
      'Initializing EmbeddingPipeline',
      'Loading CLIP model: builtin/colour-layout',
      'Loading DINOv2 model: builtin/structure',
      'Collections initialized: fashion_items_clip (60 items)',
    ]),
  );
  const plan = ['Processing reference images from', 'Found', 'Processing', 'Reference'];
  expect(story.filter((msg) => plan.some((start) => msg.startsWith(`${start} `)))).toEqual([
    'Processing reference images from data/references',
    'Found 64 image files',
    'Found 60 existing items in vector store',
    'Processing 4 new items, skipping 60 existing',
    'Reference processing complete: 2 processed, 60 skipped, 2 failed in Ns',
  ]);
});

test('no secret is told, however much is', async () => {
  const env = {
    ...BUILT_IN,
    FASHIONMATCH_DATABASE__HOST: '127.0.0.1',
    FASHIONMATCH_DATABASE__PORT: '9',
    CHROMA_TOKEN: SECRET,
    HF_TOKEN: SECRET,
  };
  const args = ['--log-level', 'trace', '--log-file', 'secret.log'];
  const [status, config] = [
    await fashionmatch(['status', ...args], folder, env),
    await fashionmatch(['config', 'show'], folder, env),
  ];
  expect(status.exitCode).toBe(5);
  expect(config.stdout).toContain('token: "********"');
  const log = await readFile(join(folder, 'secret.log'), 'utf8');
  expect(linesOf(log).length).toBeGreaterThan(0);
  expect(`${status.stderr}${config.stdout}${config.stderr}${log}`).not.toContain(SECRET);
});
