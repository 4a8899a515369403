import assert from 'node:assert/strict';

import { EmbeddingDimensionError } from '../errors.js';
import { documentOf } from '../item-document.js';
import type { HalfRecord, StoreHalf } from '../ports/store-half.js';
import { collect, withOpened, type DeclareTest, type Open } from './contract.js';
import { randomUnitVector, sampleItem, seededRandom } from './sample-items.js';

const DIMENSIONS = 16;

/** A store may scale a vector to length 1 once more. */
const VALUE_TOLERANCE = 1e-6;

function record(itemId: string, changes: { title?: string; seed?: number } = {}): HalfRecord {
  const { title, seed = 1 } = changes;
  const { item, provenance } = sampleItem(itemId, { clip: DIMENSIONS, dino: DIMENSIONS });
  const stored = { item: { ...item, ...(title !== undefined && { title }) }, provenance };
  return { stored, vector: randomUnitVector(DIMENSIONS, seededRandom(seed)) };
}

/** What every {@link StoreHalf} guarantees. `open` gives one for 16 dimensions that does not exist yet. */
export function storeHalfContract(test: DeclareTest, open: Open<StoreHalf>): void {
  const check = (name: string, run: (half: StoreHalf) => Promise<void>): unknown =>
    test(`store half: ${name}`, () => withOpened(open(), run));

  check('one that does not exist is empty', async (half) => {
    assert.equal(await half.exists(), false);
    assert.deepEqual(await collect(half.getAllIds()), []);
    assert.deepEqual(await half.filterStored(['a']), new Set());
    assert.deepEqual(await half.getRows(['a']), []);
    await half.delete(['a']);
    await half.trySearch(record('a').vector);
  });

  check('exists, and is empty, when it was replaced', async (half) => {
    await half.replace();
    await half.put([record('a')]);
    await half.replace();
    assert.equal(await half.exists(), true);
    assert.deepEqual(await collect(half.getAllIds()), []);
  });

  check('gives rows back whole', async (half) => {
    await half.replace();
    const [a, b] = [record('a', { seed: 1 }), record('b', { seed: 2 })];
    assert.deepEqual(await half.put([a, b]), []);
    assert.deepEqual((await collect(half.getAllIds())).sort(), ['a', 'b']);
    const [row, ...others] = await half.getRows(['b', 'none']);
    assert.deepEqual([row?.itemId, row?.stored, others], ['b', b.stored, []]);
    assertSameVector(row?.vector, b.vector);
  });

  check('finds nothing and fails nothing when asked for ids that no item can have', async (half) => {
    await half.replace();
    await half.put([record('a')]);
    assert.deepEqual(await half.filterStored(['', '\ud800', 'a']), new Set(['a']));
    assert.equal((await half.getRows(['', '\ud800', 'a'])).length, 1);
  });

  check('puts a row in place of the one with its id', async (half) => {
    await half.replace();
    await half.put([record('a', { title: 'old', seed: 1 }), record('b')]);
    const changed = record('a', { title: 'new', seed: 2 });
    await half.put([changed]);
    const [row] = await half.getRows(['a']);
    assert.equal(row?.stored?.item.title, 'new');
    assertSameVector(row.vector, changed.vector);
    assert.equal((await collect(half.getAllIds())).length, 2);
  });

  check('stores the others when one row cannot be stored', async (half) => {
    await half.replace();
    const failures = await half.put([record('a'), record(''), record('b')]);
    assert.deepEqual(failures.map(({ itemId }) => itemId), ['']); // prettier-ignore
    assert.deepEqual(await half.filterStored(['a', 'b']), new Set(['a', 'b']));
  });

  check('writes nothing when a vector is no unit vector of its dimensions', async (half) => {
    await half.replace();
    for (const vector of [new Float32Array(DIMENSIONS), randomUnitVector(DIMENSIONS + 1, seededRandom(3))]) {
      await assert.rejects(half.put([record('a'), { ...record('b'), vector }]), EmbeddingDimensionError);
    }
    assert.deepEqual(await collect(half.getAllIds()), []);
  });

  check('a row has its item’s document, and with another title another one', async (half) => {
    await half.replace();
    const documents = async (): Promise<unknown> => (await half.getRows(['a'])).map(({ document }) => document);
    for (const title of ['old', 'new']) {
      const put = record('a', { title });
      await half.put([put]);
      assert.deepEqual(await documents(), [documentOf(put.stored.item)]);
    }
    await half.refresh((await half.getRows(['a'])).flatMap(({ stored }) => stored ?? []));
    assert.deepEqual(await documents(), [documentOf(record('a', { title: 'new' }).stored.item)]);
  });

  check('a row that is refreshed stays as it is, and one that is gone stays gone', async (half) => {
    await half.replace();
    await half.put([record('a'), record('b')]);
    const rows = await half.getRows(['a', 'b']);
    assert.deepEqual(rows.map(({ outdated }) => outdated), [false, false]); // prettier-ignore
    await half.delete(['b']);
    assert.deepEqual(await half.refresh(rows.flatMap(({ stored }) => stored ?? [])), []);
    assert.deepEqual(await half.getRows(['a', 'b']), rows.filter(({ itemId }) => itemId === 'a')); // prettier-ignore
  });

  check('a row that is refreshed says what it was given; its vector and its document stay', async (half) => {
    await half.replace();
    await half.put([record('a', { title: 'old' })]);
    const [row] = await half.getRows(['a']);
    assert.ok(row);
    const { stored } = record('a', { title: 'new' });
    await half.refresh([stored]);
    assert.deepEqual(await half.getRows(['a']), [{ ...row, stored }]);
  });

  check('what is refused is known before', async (half) => {
    await half.replace();
    const records = [record('a'), record('')];
    const refused = half.refusals(records.map(({ stored }) => stored));
    assert.deepEqual(refused.map(({ itemId }) => itemId), ['']); // prettier-ignore
    assert.deepEqual(await half.put(records), refused);
    assert.deepEqual(await collect(half.getAllIds()), ['a']);
  });

  check('one that is not foreign stays as it is when it is adopted', async (half) => {
    await half.replace();
    await half.put([record('a')]);
    const rows = await half.getRows(['a']);
    assert.equal(half.isForeign, false);
    await half.adopt();
    assert.deepEqual(await half.getRows(['a']), rows);
    assert.equal(half.isForeign, false);
  });

  check('deletes rows, and ignores ids that have none', async (half) => {
    await half.replace();
    await half.put([record('a'), record('b')]);
    await half.delete(['a', 'none']);
    assert.deepEqual(await collect(half.getAllIds()), ['b']);
  });

  check('lists every id once, however many there are', async (half) => {
    await half.replace();
    const ids = Array.from({ length: 1200 }, (_, i) => `item-${String(i)}`);
    await half.put(ids.map((id, i) => record(id, { seed: i })));
    assert.deepEqual((await collect(half.getAllIds())).sort(), ids.sort());
    assert.equal((await half.getRows(ids)).length, ids.length);
    await half.trySearch(record('x').vector);
  });
}

function assertSameVector(actual: Float32Array | undefined, expected: Float32Array): void {
  assert.equal(actual?.length, expected.length);
  for (const [i, value] of expected.entries()) assert.ok(Math.abs((actual[i] ?? NaN) - value) <= VALUE_TOLERANCE);
}
