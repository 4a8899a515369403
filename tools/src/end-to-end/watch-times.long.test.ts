import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { sampleImage } from '@fashionmatch/domain/testing';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import sharp from 'sharp';

import { copySampleData } from '../sample-data/copy-sample-data.js';
import { BUILT_IN, FashionmatchProcess } from './running/fashionmatch-process.js';
import { readRawCollections } from './running/raw-collections.js';
import { Watched } from './running/watched.js';

const PHOTOGRAPH = 'samples/references/navy-striped-t-shirt.png';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-times-'));
  await copySampleData(join(folder, 'samples'));
  await mkdir(join(folder, 'photos'));
});

afterEach(() => rm(folder, { recursive: true }));

function picture(seed: number): Promise<Buffer> {
  const { width, height, data } = sampleImage(60, 80, seed);
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

test('what is deleted is noticed, and removed with --prune', async () => {
  for (const [i, name] of ['first', 'second', 'third'].entries()) {
    await writeFile(join(folder, `photos/${name}.png`), await picture(i));
  }
  await delay(1_100);
  const watched = new Watched(folder, '--prune');
  await watched.until(() => watched.lines.length === 1);
  await rm(join(folder, 'photos/second.png'));
  await watched.until(() => watched.lines.length === 2);
  watched.process.child.kill('SIGINT');
  await watched.process.outcome;
  expect(watched.lines).toMatchObject([
    { total: { processed_items: 3 } },
    { status: 'completed', total: { processed_items: 0 }, results: { references: { removed_items: 1 } } },
    { status: 'interrupted', removed_items: 1 },
  ]);
  const { clip } = await readRawCollections(join(folder, 'data/chromadb'), 'fashion_items');
  expect(clip.ids).toHaveLength(2);
});

test('it runs at certain times, tells a program and writes pages, and makes up for what it missed once', async () => {
  await copyFile(join(folder, PHOTOGRAPH), join(folder, 'photos/first.png'));
  const script = 'require("fs").appendFileSync("told.jsonl",require("fs").readFileSync(0))';
  const hook = `${process.execPath} -e '${script}'`;
  const args = ['--report', 'reports', '--on-finish', hook];
  const often = new Watched(folder, '--every', '*/2 * * * * *', ...args);
  // The first run leaves out a file that is so new, and comes back for it.
  await often.until(() => often.lines.some(({ total }) => total.processed_items === 1));
  const count = often.lines.length;
  await often.until(() => often.lines.length > count);
  often.process.child.kill('SIGTERM');
  expect(await often.process.outcome).toMatchObject({ exitCode: 143 });
  const pages = await readdir(join(folder, 'reports'));
  expect(pages).toEqual([expect.stringMatching(/^run-[\d-]+T[\d-]+Z\.html$/)]);
  const told = (await readFile(join(folder, 'told.jsonl'), 'utf8')).trim().split('\n');
  const documents = told.map((line): unknown => JSON.parse(line));
  expect(documents).toContainEqual(
    expect.objectContaining({ status: 'completed', report: join('reports', pages[0] ?? '') }),
  );

  // Nothing was missed since: there is a year to wait.
  const rarely = ['--every', '0 0 1 1 *', '--time-zone', 'UTC'];
  const waiting = new Watched(folder, ...rarely);
  await waiting.until(() => waiting.log.includes('The next run is at'));
  waiting.process.child.kill('SIGINT');
  expect((await waiting.process.outcome).exitCode).toBe(130);
  expect(waiting.lines).toMatchObject([{ status: 'interrupted', runs: 0 }]);

  const long = { schema_version: 1, started_at: '2020-01-01T00:00:00.000Z' };
  await writeFile(join(folder, 'data/chromadb/fashionmatch-schedule.json'), JSON.stringify(long));
  const late = new Watched(folder, ...rarely);
  await late.until(() => late.log.includes('The next run is at'));
  late.process.child.kill('SIGINT');
  await late.process.outcome;
  expect(late.lines).toMatchObject([{ status: 'completed' }, { status: 'interrupted', runs: 1 }]);
});

test('a stop while a program is told ends that too, and the run before it is remembered', async () => {
  const script =
    'process.on("SIGTERM",()=>{});setInterval(()=>{},1000);' +
    'require("fs").writeFileSync("pid.part",String(process.pid));require("fs").renameSync("pid.part","pid")';
  const watched = new Watched(folder, '--every', '0 0 1 1 *', '--on-finish', `${process.execPath} -e '${script}'`);
  await watched.until(() => existsSync(join(folder, 'pid')));
  const stoppedAt = performance.now();
  watched.process.child.kill('SIGTERM');
  expect(await watched.process.outcome).toMatchObject({ exitCode: 143, signal: null });
  expect(performance.now() - stoppedAt).toBeLessThan(4_500);
  expect(watched.log).toContain('was ended by SIGKILL, for the watch was stopped');
  const pid = Number(await readFile(join(folder, 'pid'), 'utf8'));
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  expect(watched.lines).toMatchObject([{ status: 'completed' }, { status: 'interrupted', runs: 1 }]);
  expect(await readdir(join(folder, 'data/chromadb'))).toContain('fashionmatch-schedule.json');
});

test('a store that somebody else has fails one run, and the next one is tried', async () => {
  await copyFile(join(folder, PHOTOGRAPH), join(folder, 'photos/first.png'));
  const holder = new Watched(folder);
  await holder.until(() => holder.lines.length === 1);
  const watched = new Watched(folder, '--every', '* * * * * *');
  await watched.until(() => watched.lines.some(({ status }) => status === 'failed'));
  expect(watched.lines[0]).toMatchObject({ error: { code: 'STORE_LOCKED' } });
  holder.process.child.kill('SIGINT');
  await holder.process.outcome;
  await watched.until(() => watched.lines.some(({ status }) => status === 'completed'));
  watched.process.child.kill('SIGINT');
  expect((await watched.process.outcome).exitCode).toBe(130);
});

test.each([
  [['--every', 'nightly'], 'is no schedule'],
  [['--every', '0 3 * * *', '--time-zone', 'Mars/Olympus'], 'There is no time zone'],
  [['--time-zone', 'Europe/Paris'], 'give both, or none'],
  [['--on-finish', ''], 'names no program'],
])('%p is refused', async (args, why) => {
  const watched = new FashionmatchProcess(['watch', '--references-dir', 'photos', ...args], folder, BUILT_IN);
  expect(await watched.outcome).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(why) });
});
