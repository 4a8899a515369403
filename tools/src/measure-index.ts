import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';

import { dot, normalise } from '@fashionmatch/domain';
import { randomUnitVector, seededRandom } from '@fashionmatch/domain/testing';

import { tryIndex, type IndexBreadth } from './scale/index-trial.js';

/**
 * What an index costs to make, and what it finds: `node tools/dist/measure-index.js [--items 20000] [--indexes
 * 32/64/4000,32/200/1000]`, each as max_neighbors/ef_construction/ef_search. On random vectors, the hardest there are,
 * and on such as photographs have: of 300 looks, some of them far more frequent than others.
 */
const DIMENSIONS = 512;
const QUERIES = 60;

/** What a search for twenty items asks for at first. */
const NEIGHBOURS = 320;

const LOOKS = 300;
/** How far an item lies from its look, as a part of the look's length. */
const SPREAD = 0.7;

const { values } = parseArgs({
  options: {
    items: { type: 'string', default: '20000' },
    indexes: { type: 'string', default: '32/64/4000,32/200/1000,16/100/100' },
  },
});
const items = Number(values.items);
const cpu = cpus()[0]?.model ?? 'unknown processor';
say(
  `${cpu}, ${String(availableParallelism())} cores, load ${loadavg()[0]?.toFixed(1) ?? '?'}, ${String(items)} vectors`,
);
const random = seededRandom(7);
const newVector = (): Float32Array => randomUnitVector(DIMENSIONS, random);
await tryAll('random', newVector);
const looks = Array.from({ length: LOOKS }, newVector);
await tryAll('of looks', () => {
  const look = looks[Math.floor(random() * random() * LOOKS)] ?? newVector();
  const noise = newVector();
  return normalise(look.map((value, i) => value + SPREAD * (noise[i] ?? 0)));
});

async function tryAll(kind: string, draw: () => Float32Array): Promise<void> {
  const vectors = Array.from({ length: items }, draw);
  const queries = Array.from({ length: QUERIES }, () => {
    const vector = draw();
    return { vector, nearest: nearestOf(vector, vectors) };
  });
  for (const breadth of values.indexes.split(',').map(breadthOf)) {
    const { seconds, recall, queryMs } = await tryIndex(breadth, vectors, queries);
    const { max_neighbors: neighbours, ef_construction: construction, ef_search: search } = breadth;
    say(
      `${kind.padEnd(9)} ${[neighbours, construction, search].join('/').padEnd(12)} made in ${seconds.toFixed(1)} s, ` +
        `recall@${String(NEIGHBOURS)} ${recall.toFixed(4)}, query ${queryMs.toFixed(1)} ms`,
    );
  }
}

function nearestOf(query: Float32Array, vectors: readonly Float32Array[]): Set<string> {
  const scores = vectors.map((vector) => dot(query, vector));
  const order = [...scores.keys()].sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  return new Set(order.slice(0, NEIGHBOURS).map(String));
}

function breadthOf(text: string): IndexBreadth {
  const [neighbours = NaN, construction = NaN, search = NaN] = text.split('/').map(Number);
  return { max_neighbors: neighbours, ef_construction: construction, ef_search: search };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
