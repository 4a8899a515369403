import { describe, expect, test } from '@jest/globals';

import { cosine, normalise, type DualEmbedding } from '../embedding.js';
import { randomEmbedding, seededRandom } from '../testing/sample-items.js';
import { Groups } from './groups.js';
import { NearCopies } from './near-copies.js';

const DIMENSIONS = { clip: 24, dino: 20 };
const LEAST = { clip: 0.9, dino: 0.93 };

/** Clusters whose members lie around the thresholds, some of them the very same. */
function rows(count: number): DualEmbedding[] {
  const random = seededRandom(3);
  const moved = (vector: Float32Array): Float32Array => {
    const noise = (random() * 0.8) / Math.sqrt(vector.length);
    return normalise(vector.map((value) => value + noise * (2 * random() - 1)));
  };
  let centre = randomEmbedding(DIMENSIONS, random);
  return Array.from({ length: count }, (_, i) => {
    if (i % 5 === 0) centre = randomEmbedding(DIMENSIONS, random);
    return i % 3 === 1 ? centre : { clip: moved(centre.clip), dino: moved(centre.dino) };
  });
}

async function pairsOf(added: readonly DualEmbedding[], least = LEAST): Promise<string[]> {
  const copies = new NearCopies(least);
  for (const one of added) copies.add(one);
  const pairs: string[] = [];
  for await (const { first, second } of copies.pairs()) pairs.push(`${String(first)} ${String(second)}`);
  return pairs.sort();
}

function byBruteForce(added: readonly DualEmbedding[], least = LEAST): string[] {
  const pairs: string[] = [];
  for (const [second, b] of added.entries()) {
    for (const [first, a] of added.slice(0, second).entries()) {
      const isNear = cosine(a.dino, b.dino) >= least.dino && cosine(a.clip, b.clip) >= least.clip;
      if (isNear) pairs.push(`${String(first)} ${String(second)}`);
    }
  }
  return pairs.sort();
}

describe('NearCopies', () => {
  test.each([LEAST, { clip: 0.99, dino: 0.99 }, { clip: 0.5, dino: 0.6 }, { clip: 0.999999, dino: 0.999999 }])(
    'finds what comparing all pairs finds: %p',
    async (least) => {
      const some = rows(600);
      const expected = byBruteForce(some, least);
      expect(expected.length).toBeGreaterThan(5);
      expect(await pairsOf(some, least)).toEqual(expected);
    },
  );

  test('finds the pairs of rows that are all one, and of rows in few dimensions', async () => {
    const [one = randomEmbedding(DIMENSIONS, seededRandom(1))] = rows(1);
    expect(await pairsOf([one, one, one])).toEqual(['0 1', '0 2', '1 2']);
    const flat = [0, 0.1, 2].map((angle): DualEmbedding => {
      const vector = Float32Array.of(Math.cos(angle), Math.sin(angle));
      return { clip: vector, dino: vector };
    });
    expect(await pairsOf(flat)).toEqual(['0 1']);
  });

  test('finds nothing among none', async () => {
    expect(await pairsOf([])).toEqual([]);
  });

  test('lets other work have its turn', async () => {
    const copies = new NearCopies(LEAST);
    for (const one of rows(3_000)) copies.add(one);
    let turns = 0;
    const countTurn = (): Promise<void> => {
      turns++;
      return Promise.resolve();
    };
    for await (const pair of copies.pairs(countTurn)) expect(pair.first).toBeLessThan(pair.second);
    expect(turns).toBeGreaterThan(2);
  });
});

describe('Groups', () => {
  test('are what is joined, directly or through others', () => {
    const groups = new Groups();
    for (const [a, b] of [
      [7, 3],
      [9, 7],
      [5, 6],
      [6, 5],
      [3, 9],
    ] as const)
      groups.join(a, b);
    expect(groups.all()).toEqual([
      [3, 7, 9],
      [5, 6],
    ]);
  });

  test('there are none where nothing is joined', () => {
    expect(new Groups().all()).toEqual([]);
  });
});
