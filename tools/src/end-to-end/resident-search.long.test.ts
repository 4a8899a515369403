import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { copySampleData } from '../sample-data/copy-sample-data.js';
import { BUILT_IN, fashionmatch, type FashionmatchProcess } from './running/fashionmatch-process.js';
import { startServe } from './running/start-serve.js';

const PHOTOGRAPH = 'data/references/navy-striped-t-shirt.png';
const OTHER = 'data/references/black-floral-shorts.jpg';
const SERVE = ['--log-level', 'debug', '--log-format', 'json'];

/** Each as its user would type it. */
const SEARCHES: readonly (readonly string[])[] = [
  ['search', PHOTOGRAPH, '--json'],
  ['search', PHOTOGRAPH, '--top-k', '3', '--weights', 'clip=1,dino=3', '--where', 'price < 40'],
  ['search', PHOTOGRAPH, '--where', 'brand = nobody-of-that-name'],
  ['search', PHOTOGRAPH, '--minus', OTHER, '--weight', `3:${PHOTOGRAPH}`, '--distinct', '--json'],
  ['search', PHOTOGRAPH, '--region', '0.1,0.1,0.5,0.5', '--exact', '--json'],
  ['search', PHOTOGRAPH, '--min-confidence', '90', '--files'],
];

/** What only the command itself can say. */
const REFUSED: readonly (readonly string[])[] = [
  ['search', '--id', 'nobody', '--json'],
  ['search', 'nothing.jpg'],
];

let folder = '';
const servers: FashionmatchProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-resident-'));
  await copySampleData(join(folder, 'data'));
  await fashionmatch(['embed', '-q'], folder, BUILT_IN);
});

afterAll(async () => {
  for (const { child } of servers) child.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

async function serve(): Promise<FashionmatchProcess> {
  const { server } = await startServe(SERVE, folder, BUILT_IN);
  servers.push(server);
  return server;
}

/** How many searches a server has answered that has ended. */
async function answered(server: FashionmatchProcess): Promise<number> {
  server.child.kill('SIGTERM');
  const { stderr } = await server.outcome;
  return stderr.split('Answered a search of the command line').length - 1;
}

async function outcomes(searches: readonly (readonly string[])[], env = BUILT_IN) {
  const all = [];
  for (const search of searches) {
    const { exitCode, stdout, stderr } = await fashionmatch(search, folder, env);
    all.push({ exitCode, stdout, stderr });
  }
  return all;
}

test('a server that runs answers as the command does, and leaves to it what is refused', async () => {
  const alone = await outcomes([...SEARCHES, ...REFUSED]);
  expect(alone.map(({ exitCode }) => exitCode)).toEqual([...SEARCHES.map(() => 0), ...REFUSED.map(() => 2)]);
  const server = await serve();
  expect(await outcomes([...SEARCHES, ...REFUSED])).toEqual(alone);
  expect(await answered(server)).toBe(SEARCHES.length);
});

test('one of another configuration is not asked, and one that was killed is in nobody’s way', async () => {
  const killed = await serve();
  killed.child.kill('SIGKILL');
  await killed.outcome;
  const [search = []] = SEARCHES;
  expect((await fashionmatch(search, folder, BUILT_IN)).exitCode).toBe(0);
  const server = await serve();
  const others = { ...BUILT_IN, FASHIONMATCH_MODELS__FUSION_WEIGHTS: '{"clip":1,"dino":0}' };
  await outcomes([search], others);
  await outcomes([search]);
  expect(await answered(server)).toBe(1);
});

test('whoever wants to write gets the store at once, and what it stored is found', async () => {
  const server = await serve();
  const [search = []] = SEARCHES;
  await outcomes([search]);
  const startedAt = performance.now();
  const { exitCode } = await fashionmatch(['embed', '-q', '--force', '--yes'], folder, BUILT_IN);
  // One of the photographs is broken.
  expect(exitCode).toBe(3);
  // Ten times less than the server would keep it.
  expect(performance.now() - startedAt).toBeLessThan(90_000);
  expect((await outcomes([search]))[0]?.exitCode).toBe(0);
  expect(await answered(server)).toBe(2);
});
