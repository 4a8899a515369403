import { join } from 'node:path';

import { randomEmbedding, seededRandom } from '@fashionmatch/domain/testing';
import { openSimilaritySearch } from '@fashionmatch/pipeline';

import { DIMENSIONS, fillStore, photographsOf } from './large-store.js';
import { medianOf } from './median.js';
import { partJobSchema, type PartJob, type PartTime } from './part-job.js';
import { openRawQueries } from './raw-queries.js';

/** Takes one measurement and prints it: `node tools/dist/scale/measure-part.js JOB`, with the job as JSON. */

const WARM_UP = 10;
const QUERIES = 100;

const job = partJobSchema.parse(JSON.parse(process.argv[2] ?? ''));
process.stdout.write(JSON.stringify(await take(job)));

async function take({ name, directory, items }: PartJob): Promise<PartTime> {
  switch (name) {
    case 'fill':
      return { seconds: await timed(() => fillStore(directory, items)) };
    case 'discover':
      return { seconds: await timed(() => listAll(directory, items)) };
    case 'search':
      return medianSearch(directory);
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

/** A search and the two queries to Chroma that it makes, in turn, so that whatever else goes on meets both. */
async function medianSearch(directory: string): Promise<PartTime> {
  await using opened = await openSimilaritySearch({ configPath: join(directory, 'config.yaml') });
  await using rawQueries = await openRawQueries(directory);
  const random = seededRandom(7);
  const [searches, queries]: [number[], number[]] = [[], []];
  for (let i = 0; i < WARM_UP + QUERIES; i++) {
    const query = randomEmbedding(DIMENSIONS, random);
    const inQueries = await timed(() => rawQueries.ask(query));
    const inSearch = await timed(() => opened.search.byEmbedding(query));
    if (i < WARM_UP) continue;
    searches.push(inSearch);
    queries.push(inQueries);
  }
  return { seconds: medianOf(searches), rawSeconds: medianOf(queries) };
}
