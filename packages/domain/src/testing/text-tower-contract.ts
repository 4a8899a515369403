import assert from 'node:assert/strict';

import { dot, lengthOf, UNIT_LENGTH_TOLERANCE } from '../embedding.js';
import type { TextTower } from '../ports/text-tower.js';
import { withOpened, type DeclareTest, type Open } from './contract.js';

const TEXTS = ['red shirt', 'blue shirt', 'a long woollen coat with a hood, hardly worn', '👗', 'été'] as const;

/** What every {@link TextTower} guarantees. */
export function textTowerContract(test: DeclareTest, open: Open<TextTower>): void {
  const check = (name: string, run: (tower: TextTower) => Promise<void>): unknown =>
    test(`text tower: ${name}`, () => withOpened(open(), run));

  const encodeOne = async (tower: TextTower, text: string): Promise<Float32Array> => {
    const [vector] = await tower.encode([text]);
    assert.ok(vector);
    return vector;
  };

  check('says what it is', (tower) => {
    assert.ok(tower.id.length > 0);
    assert.ok(Number.isInteger(tower.dimensions) && tower.dimensions > 0);
    assert.ok(tower.model.name.length > 0);
    assert.match(tower.model.sha256, /^[0-9a-f]{64}$/);
    return Promise.resolve();
  });

  check('gives unit vectors of its dimensions, one for each text', async (tower) => {
    const vectors = await tower.encode(TEXTS);
    assert.equal(vectors.length, TEXTS.length);
    for (const vector of vectors) {
      assert.equal(vector.length, tower.dimensions);
      assert.ok(Math.abs(lengthOf(vector) - 1) <= UNIT_LENGTH_TOLERANCE);
    }
  });

  check('an empty batch gives nothing', async (tower) => {
    assert.deepEqual(await tower.encode([]), []);
  });

  check('a vector depends neither on its batch nor on the run', async (tower) => {
    const together = await tower.encode(TEXTS);
    for (const [i, text] of TEXTS.entries()) {
      assert.deepEqual([...(await encodeOne(tower, text))], [...(together[i] ?? [])]);
    }
  });

  check('different texts give different vectors', async (tower) => {
    assert.ok(dot(await encodeOne(tower, TEXTS[0]), await encodeOne(tower, TEXTS[1])) < 0.99999);
  });

  check('takes long texts and any characters', async (tower) => {
    const vector = await encodeOne(tower, `${'word '.repeat(190)}\u0000\ud800 ${'۞'.repeat(40)}`);
    assert.ok(Math.abs(lengthOf(vector) - 1) <= UNIT_LENGTH_TOLERANCE);
  });

  check('a text that says nothing is an error', async (tower) => {
    for (const blank of ['', ' \t\n']) await assert.rejects(tower.encode([blank]), { code: 'USAGE_INVALID' });
  });
}
