import assert from 'node:assert/strict';

import { EmbeddingDimensionError, VectorStoreError } from '../errors.js';
import type { EmbeddedItem, FashionItem, Provenance, StoredItem } from '../fashion-item.js';
import type { EmbeddingJournal } from '../ports/embedding-journal.js';
import { collect, withOpened, type DeclareTest, type Open } from './contract.js';
import { sampleItem } from './sample-items.js';

/** The dimensions of CLIP ViT-L/14 and DINOv2 ViT-S/14: a journal takes vectors of any. */
const DIMENSIONS = { clip: 768, dino: 384 };

const ENCODERS = { clip: 'clip-a', dino: 'dino-a' };

/** What no SHA-256 is equal to by chance: the same two digits over and over. */
const hashOf = (pair: string): string => pair.repeat(32);

function sample(
  itemId: string,
  contentSha256: string,
  changes: { item?: Partial<FashionItem>; provenance?: Partial<Provenance>; seed?: number } = {},
): EmbeddedItem {
  return sampleItem(itemId, DIMENSIONS, { ...changes, provenance: { contentSha256, ...changes.provenance } });
}

const sampleMany = (count: number): EmbeddedItem[] =>
  Array.from({ length: count }, (_, i) => sample(`item-${String(i).padStart(4, '0')}`, hashAt(i)));

const hashAt = (index: number): string => index.toString(16).padStart(64, '0');

const withoutVectors = ({ item, provenance }: StoredItem): StoredItem => ({ item, provenance });

const append = (journal: EmbeddingJournal, ...items: EmbeddedItem[]): Promise<void> => journal.append(items, ENCODERS);

async function sortedItems(journal: EmbeddingJournal): Promise<StoredItem[]> {
  return (await collect(journal.getItems())).sort((a, b) => (a.item.itemId < b.item.itemId ? -1 : 1));
}

async function sortedIds(journal: EmbeddingJournal): Promise<string[]> {
  return (await sortedItems(journal)).map(({ item }) => item.itemId);
}

async function vectorOf(journal: EmbeddingJournal, encoderId: string, hash: string): Promise<number[] | undefined> {
  const vector = (await journal.getVectors(encoderId, [hash])).get(hash);
  return vector && [...vector];
}

/** What every {@link EmbeddingJournal} guarantees. `open` gives an empty one. */
export function embeddingJournalContract(test: DeclareTest, open: Open<EmbeddingJournal>): void {
  const check: Check = (name, run) => test(`embedding journal: ${name}`, () => withOpened(open(), run));

  describeRemembering(check);
  describeItems(check);
  describeForgetting(check);
  describeRefusals(check);
}

type Check = (name: string, run: (journal: EmbeddingJournal) => Promise<void>) => unknown;

function describeRemembering(check: Check): void {
  check('an empty journal remembers nothing', async (journal) => {
    assert.deepEqual(await collect(journal.getItems()), []);
    assert.deepEqual(await journal.getVectors('clip-a', [hashOf('ab')]), new Map());
    const { items, vectors } = await journal.size();
    assert.deepEqual({ items, vectors }, { items: 0, vectors: 0 });
  });

  check('both vectors come back by content, to the last bit', async (journal) => {
    const item = sample('a', hashOf('ab'));
    await append(journal, item);
    assert.deepEqual(await vectorOf(journal, 'clip-a', hashOf('ab')), [...item.embeddings.clip]);
    assert.deepEqual(await vectorOf(journal, 'dino-a', hashOf('ab')), [...item.embeddings.dino]);
  });

  check('vectors of any dimensions are kept beside each other', async (journal) => {
    const [small, large] = [2, 1536].map((clip) => sampleItem('x', { clip, dino: 1 }));
    assert.ok(small && large);
    await journal.append([small], { clip: 'small', dino: 'one' });
    await journal.append([large], { clip: 'large', dino: 'one' });
    const hash = small.provenance.contentSha256;
    assert.deepEqual(await vectorOf(journal, 'small', hash), [...small.embeddings.clip]);
    assert.deepEqual(await vectorOf(journal, 'large', hash), [...large.embeddings.clip]);
  });

  check('contents and encoders that are not remembered are left out', async (journal) => {
    await append(journal, sample('a', hashOf('ab')));
    const found = await journal.getVectors('clip-a', [hashOf('cd'), hashOf('ab'), '', 'no hash', hashOf('AB')]);
    assert.deepEqual([...found.keys()], [hashOf('ab')]);
    assert.deepEqual(await journal.getVectors('clip-b', [hashOf('ab')]), new Map());
    assert.deepEqual(await journal.getVectors('', [hashOf('ab')]), new Map());
  });

  check('nothing asked for is nothing given, and the same twice is one', async (journal) => {
    await append(journal, sample('a', hashOf('ab')));
    assert.equal((await journal.getVectors('clip-a', [])).size, 0);
    assert.equal((await journal.getVectors('clip-a', [hashOf('ab'), hashOf('ab')])).size, 1);
  });

  check('many vectors are found at once', async (journal) => {
    const items = sampleMany(300);
    await append(journal, ...items);
    const found = await journal.getVectors(
      'dino-a',
      items.map(({ provenance }) => provenance.contentSha256),
    );
    assert.equal(found.size, 300);
    for (const { provenance, embeddings } of items) {
      assert.deepEqual(found.get(provenance.contentSha256), embeddings.dino);
    }
  });

  check('an encoder with a new id starts anew, beside the old one', async (journal) => {
    const [before, after] = [sample('a', hashOf('ab')), sample('a', hashOf('ab'), { seed: 9 })];
    await append(journal, before);
    await journal.append([after], { clip: 'clip-b', dino: 'dino-a' });
    assert.deepEqual(await vectorOf(journal, 'clip-a', hashOf('ab')), [...before.embeddings.clip]);
    assert.deepEqual(await vectorOf(journal, 'clip-b', hashOf('ab')), [...after.embeddings.clip]);
    assert.deepEqual(await vectorOf(journal, 'dino-a', hashOf('ab')), [...after.embeddings.dino]);
  });

  check('items of the same content share its vectors', async (journal) => {
    await append(journal, sample('a', hashOf('ab'), { seed: 1 }), sample('b', hashOf('ab'), { seed: 1 }));
    const { items, vectors } = await journal.size();
    assert.deepEqual({ items, vectors }, { items: 2, vectors: 2 });
  });

  check('vectors are remembered without their items', async (journal) => {
    const item = sample('a', hashOf('ab'));
    await journal.appendVectors([item], ENCODERS);
    assert.deepEqual(await vectorOf(journal, 'clip-a', hashOf('ab')), [...item.embeddings.clip]);
    assert.deepEqual(await vectorOf(journal, 'dino-a', hashOf('ab')), [...item.embeddings.dino]);
    const { items, vectors } = await journal.size();
    assert.deepEqual({ items, vectors }, { items: 0, vectors: 2 });
    await journal.updateItems([withoutVectors(item)]);
    assert.equal(await journal.compact(), 0);
    assert.deepEqual(await sortedIds(journal), ['a']);
  });

  check('vectors whose items never came are forgotten by compaction', async (journal) => {
    await journal.appendVectors([sample('a', hashOf('ab'))], ENCODERS);
    assert.equal(await journal.compact(), 2);
    assert.equal(await vectorOf(journal, 'clip-a', hashOf('ab')), undefined);
  });

  check('an append of nothing does nothing', async (journal) => {
    await append(journal);
    await journal.appendVectors([], ENCODERS);
    await journal.updateItems([]);
    assert.equal((await journal.size()).items, 0);
  });

  check('concurrent appends are all remembered', async (journal) => {
    const items = sampleMany(80);
    await Promise.all([0, 20, 40, 60].map((at) => append(journal, ...items.slice(at, at + 20))));
    assert.equal((await sortedIds(journal)).length, 80);
  });

  check('later changes to arrays do not reach the journal, nor the other way round', async (journal) => {
    const item = sample('a', hashOf('ab'));
    const before = [...item.embeddings.clip];
    const appended = append(journal, item);
    item.embeddings.clip.fill(0);
    await appended;
    assert.deepEqual(await vectorOf(journal, 'clip-a', hashOf('ab')), before);
    (await journal.getVectors('clip-a', [hashOf('ab')])).get(hashOf('ab'))?.fill(0);
    assert.deepEqual(await vectorOf(journal, 'clip-a', hashOf('ab')), before);
  });
}

function describeItems(check: Check): void {
  check('items come back with every field', async (journal) => {
    const item = sample('a', hashOf('ab'));
    await append(journal, item);
    assert.deepEqual(await collect(journal.getItems()), [withoutVectors(item)]);
  });

  check('texts and ids of any kind come back as they were', async (journal) => {
    const ids = [
      'ref_Ünï code 👗_1',
      'x'.repeat(5000),
      '',
      'zero \u0000 byte',
      '__proto__',
      'half \ud83d',
      'half \udc57',
    ];
    const title = 'Robe "d’été" \\ 连衣裙 \u0000 half \ud83d <b>';
    const items = ids.map((id, i) => sample(id, hashAt(i), { item: { title, brand: '', price: 0 } }));
    await append(journal, ...items);
    const byId = new Map((await collect(journal.getItems())).map((item) => [item.item.itemId, item]));
    assert.deepEqual([...byId.keys()].sort(), [...ids].sort());
    for (const item of items) assert.deepEqual(byId.get(item.item.itemId), withoutVectors(item));
  });

  check('every item is listed once, however many there are', async (journal) => {
    const items = sampleMany(1300);
    await append(journal, ...items);
    assert.deepEqual(await sortedItems(journal), items.map(withoutVectors));
    assert.equal((await journal.size()).items, 1300);
  });

  check('items are found by their ids; those not remembered are left out', async (journal) => {
    const [first, second] = [sample('a', hashOf('aa')), sample('b', hashOf('bb'))];
    await append(journal, first, second);
    assert.deepEqual(await journal.getItemsByIds(['b', 'none', 'b']), [withoutVectors(second)]);
    assert.deepEqual(await journal.getItemsByIds([]), []);
  });

  check('items that stay are listed once while others come and go', async (journal) => {
    const items = sampleMany(900);
    await append(journal, ...items);
    const listed: string[] = [];
    for await (const { item } of journal.getItems()) {
      if (listed.length === 10) await append(journal, ...items.slice(0, 100), sample('new', hashOf('ab')));
      if (listed.length === 20) await journal.remove(items.slice(450).map((gone) => gone.item.itemId));
      listed.push(item.itemId);
    }
    assert.equal(new Set(listed).size, listed.length);
    for (const { item } of items.slice(0, 450)) assert.ok(listed.includes(item.itemId));
  });

  check('a listing that is left early leaves the journal usable', async (journal) => {
    await append(journal, ...sampleMany(600));
    for await (const { item } of journal.getItems()) {
      assert.ok(item.itemId);
      break;
    }
    await append(journal, sample('new', hashOf('ab')));
    assert.equal((await sortedIds(journal)).length, 601);
  });

  check('the same id again replaces the item; the vectors of its old content stay', async (journal) => {
    const before = sample('a', hashOf('ab'));
    const after = sample('a', hashOf('cd'), { seed: 5, item: { title: 'New' }, provenance: { fileSize: 7 } });
    await append(journal, before);
    await append(journal, after);
    assert.deepEqual(await collect(journal.getItems()), [withoutVectors(after)]);
    assert.deepEqual(await vectorOf(journal, 'clip-a', hashOf('cd')), [...after.embeddings.clip]);
    assert.deepEqual(await vectorOf(journal, 'clip-a', hashOf('ab')), [...before.embeddings.clip]);
  });

  check('of an id that occurs twice in one call the later one is remembered', async (journal) => {
    const items = [sample('a', hashOf('ab')), sample('a', hashOf('cd'), { item: { title: 'Later' } })];
    await append(journal, ...items);
    assert.deepEqual(await collect(journal.getItems()), items.slice(1).map(withoutVectors));
  });

  check('metadata and provenance change without touching vectors', async (journal) => {
    const item = sample('a', hashOf('ab'));
    await append(journal, item);
    const changed = withoutVectors(
      sample('a', hashOf('ab'), { item: { price: 1, description: '' }, provenance: { filePath: '/moved.jpg' } }),
    );
    await journal.updateItems([changed]);
    assert.deepEqual(await collect(journal.getItems()), [changed]);
    assert.deepEqual(await vectorOf(journal, 'clip-a', hashOf('ab')), [...item.embeddings.clip]);
  });

  check('an update remembers items that are new, and of unknown content', async (journal) => {
    await append(journal, sample('a', hashOf('ab')));
    const items = [sample('b', hashOf('ab')), sample('c', '')].map(withoutVectors);
    await journal.updateItems(items);
    assert.deepEqual((await sortedItems(journal)).slice(1), items);
    assert.equal((await journal.size()).vectors, 2);
  });
}

function describeForgetting(check: Check): void {
  check('removed items are gone, others stay, and so do all vectors', async (journal) => {
    await append(journal, sample('a', hashOf('ab')), sample('b', hashOf('cd')));
    await journal.remove(['a', 'nowhere']);
    assert.deepEqual(await sortedIds(journal), ['b']);
    assert.ok(await vectorOf(journal, 'clip-a', hashOf('ab')));
  });

  check('removing nothing does nothing', async (journal) => {
    await append(journal, sample('a', hashOf('ab')));
    await journal.remove([]);
    assert.deepEqual(await sortedIds(journal), ['a']);
  });

  check('compaction forgets the vectors that no item has, and counts them', async (journal) => {
    await append(journal, sample('a', hashOf('ab')), sample('b', hashOf('cd')), sample('c', hashOf('ef')));
    await journal.remove(['a']);
    await append(journal, sample('b', hashOf('12')));
    assert.equal(await journal.compact(), 4);
    const hashes = ['ab', 'cd', 'ef', '12'].map(hashOf);
    const kept = new Set([hashOf('ef'), hashOf('12')]);
    assert.deepEqual(new Set((await journal.getVectors('clip-a', hashes)).keys()), kept);
    assert.deepEqual(new Set((await journal.getVectors('dino-a', hashes)).keys()), kept);
    assert.deepEqual(await sortedIds(journal), ['b', 'c']);
    assert.equal(await journal.compact(), 0);
  });

  check('compaction keeps what another item has, and what other encoders made of it', async (journal) => {
    await append(journal, sample('a', hashOf('ab')), sample('b', hashOf('ab')));
    await journal.append([sample('a', hashOf('ab'))], { clip: 'clip-b', dino: 'dino-b' });
    await journal.remove(['a']);
    assert.equal(await journal.compact(), 0);
    assert.equal((await journal.size()).vectors, 4);
  });

  check('compaction of an empty journal forgets nothing', async (journal) => {
    assert.equal(await journal.compact(), 0);
  });

  check('a large compaction forgets all it should', async (journal) => {
    const items = sampleMany(1300);
    await append(journal, ...items);
    await journal.remove(items.slice(100).map(({ item }) => item.itemId));
    assert.equal(await journal.compact(), 2400);
    assert.equal((await journal.size()).vectors, 200);
  });

  check('what is appended beside a compaction stays', async (journal) => {
    const item = sample('a', hashOf('ab'));
    await append(journal, item);
    await journal.remove(['a']);
    await Promise.all([journal.compact(), append(journal, item)]);
    assert.deepEqual(await sortedIds(journal), ['a']);
    assert.deepEqual(await vectorOf(journal, 'clip-a', hashOf('ab')), [...item.embeddings.clip]);
    assert.deepEqual(await vectorOf(journal, 'dino-a', hashOf('ab')), [...item.embeddings.dino]);
  });

  check('the size counts at least the vectors', async (journal) => {
    await append(journal, ...sampleMany(10));
    const { items, vectors, bytes } = await journal.size();
    assert.deepEqual({ items, vectors }, { items: 10, vectors: 20 });
    assert.ok(bytes >= 10 * 4 * (DIMENSIONS.clip + DIMENSIONS.dino));
  });
}

type ErrorClass = typeof VectorStoreError | typeof EmbeddingDimensionError;

function describeRefusals(check: Check): void {
  const refuses = (name: string, error: ErrorClass, spoil: (good: EmbeddedItem) => EmbeddedItem): unknown =>
    check(`refuses ${name}, and remembers nothing of that call`, async (journal) => {
      const call = [sample('good', hashOf('ab')), spoil(sample('bad', hashOf('cd')))];
      await assert.rejects(append(journal, ...call), (thrown) => {
        assert.ok(thrown instanceof error);
        assert.match(thrown.message, /\bbad\b/);
        return true;
      });
      const { items, vectors } = await journal.size();
      assert.deepEqual({ items, vectors }, { items: 0, vectors: 0 });
    });

  const refusesVector = (name: string, spoil: (vector: Float32Array) => Float32Array): unknown =>
    refuses(`a vector ${name}`, EmbeddingDimensionError, (good) => ({
      ...good,
      embeddings: { ...good.embeddings, dino: spoil(good.embeddings.dino) },
    }));

  refusesVector('without dimensions', () => new Float32Array(0));
  refusesVector('with a NaN', (vector) => vector.map((value, i) => (i ? value : NaN)));
  refusesVector('with an infinity', (vector) => vector.map((value, i) => (i ? value : Infinity)));
  refusesVector('of length 0', (vector) => vector.map(() => 0));
  refusesVector('of length 2', (vector) => vector.map((value) => value * 2));

  const refusesItem = (
    name: string,
    changes: { item?: Partial<FashionItem>; provenance?: Partial<Provenance> },
  ): unknown => refuses(name, VectorStoreError, () => sample('bad', hashOf('cd'), changes));

  refusesItem('a content hash that is empty', { provenance: { contentSha256: '' } });
  refusesItem('a content hash in capitals', { provenance: { contentSha256: hashOf('CD') } });
  refusesItem('a content hash that is too long', { provenance: { contentSha256: `${hashOf('cd')}ef` } });
  refusesItem('a price that is no number', { item: { price: NaN } });
  refusesItem('a time that is infinite', { provenance: { fileMtimeMs: Infinity } });

  check('refuses vectors without items as it does those with, and remembers nothing of that call', async (journal) => {
    const good = sample('good', hashOf('ab'));
    const embeddings = { ...good.embeddings, clip: new Float32Array(768) };
    await assert.rejects(journal.appendVectors([good, { ...good, embeddings }], ENCODERS), EmbeddingDimensionError);
    await assert.rejects(journal.appendVectors([good, sample('bad', 'cd')], ENCODERS), VectorStoreError);
    assert.equal((await journal.size()).vectors, 0);
  });

  check('refuses an update with a price that is no number, and remembers nothing of that call', async (journal) => {
    const items = [sample('good', hashOf('ab')), sample('bad', hashOf('cd'), { item: { price: NaN } })];
    await assert.rejects(journal.updateItems(items.map(withoutVectors)), VectorStoreError);
    assert.equal((await journal.size()).items, 0);
  });
}
