import { join } from 'node:path';

import { randomEmbedding, seededRandom } from '@fashionmatch/domain/testing';
import { openSimilaritySearch } from '@fashionmatch/pipeline';

import { DIMENSIONS, fillStore, photographsOf } from './large-store.js';
import { partJobSchema, type PartJob } from './part-job.js';

/** Takes one measurement and prints it: `node tools/dist/scale/measure-part.js JOB`, with the job as JSON. */

const WARM_UP = 10;
const QUERIES = 100;

const job = partJobSchema.parse(JSON.parse(process.argv[2] ?? ''));
process.stdout.write(JSON.stringify({ seconds: await secondsOf(job) }));

async function secondsOf({ name, directory, items }: PartJob): Promise<number> {
  switch (name) {
    case 'fill':
      return timed(() => fillStore(directory, items));
    case 'discover':
      return timed(() => listAll(directory, items));
    case 'search':
      return medianQuery(directory);
  }
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await run();
  return (performance.now() - startedAt) / 1000;
}

async function listAll(directory: string, items: number): Promise<void> {
  let listed = 0;
  for await (const entry of photographsOf(directory).list()) if (entry.kind === 'item') listed++;
  if (listed !== items) throw new Error(`${String(listed)} photographs were listed, not ${String(items)}.`);
}

async function medianQuery(directory: string): Promise<number> {
  await using opened = await openSimilaritySearch({ configPath: join(directory, 'config.yaml') });
  const random = seededRandom(7);
  const seconds: number[] = [];
  for (let i = 0; i < WARM_UP + QUERIES; i++) {
    const query = randomEmbedding(DIMENSIONS, random);
    const taken = await timed(() => opened.search.byEmbedding(query));
    if (i >= WARM_UP) seconds.push(taken);
  }
  return seconds.sort((a, b) => a - b)[QUERIES / 2] ?? NaN;
}
