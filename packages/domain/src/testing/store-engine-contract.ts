import assert from 'node:assert/strict';

import { EMBEDDING_SPACES } from '../embedding.js';
import { CollectionError, VectorStoreError } from '../errors.js';
import type { StoreAccess, StoreEngine } from '../ports/store-engine.js';
import { collect, withOpened, type DeclareTest, type Open } from './contract.js';
import { sampleItem } from './sample-items.js';

/** A place of its own, where nothing was ever stored; what is stored there, all of its engines find. */
export interface StorePlace {
  readonly engine: (access: StoreAccess) => StoreEngine;
}

const DIMENSIONS = { clip: 16, dino: 8 };
const ENCODERS = {
  clip: { id: 'contract/clip', dimensions: DIMENSIONS.clip },
  dino: { id: 'contract/dino', dimensions: DIMENSIONS.dino },
};
const IDS = { clip: ENCODERS.clip.id, dino: ENCODERS.dino.id };
const ITEMS = ['a', 'b'].map((id) => sampleItem(id, DIMENSIONS));

/** What every {@link StoreEngine} guarantees. */
export function storeEngineContract(test: DeclareTest, open: Open<StorePlace>): void {
  const check = (name: string, run: (place: StorePlace) => Promise<void>): unknown =>
    test(`store engine: ${name}`, () => withOpened(open(), run));

  const fill = async ({ engine }: StorePlace): Promise<void> => {
    await using writer = engine('write');
    await (await writer.open(ENCODERS)).upsert(ITEMS);
    await (await writer.journal())?.appendVectors(ITEMS, IDS);
  };

  check('a reader finds nothing where nothing was stored, and leaves nothing there', async ({ engine }) => {
    for (let time = 1; time <= 2; time++) {
      await using reader = engine('read');
      assert.equal(await reader.exists(), false);
      const { collections, itemsBySource, unpaired, holder } = await reader.status();
      assert.deepEqual(EMBEDDING_SPACES.map((space) => collections[space].state), ['missing', 'missing']); // prettier-ignore
      assert.deepEqual({ itemsBySource, unpaired, holder }, { itemsBySource: NONE, unpaired: 0, holder: undefined });
      const store = await reader.open(ENCODERS);
      assert.equal(await store.count(), 0);
      await assert.rejects(store.upsert(ITEMS), VectorStoreError);
    }
  });

  check('so does a check', async ({ engine }) => {
    for (let time = 1; time <= 2; time++) {
      await using checker = engine('check');
      const { clip, dino } = await checker.halves(ENCODERS);
      assert.deepEqual([await clip.exists(), await dino.exists()], [false, false]);
    }
  });

  check('what a writer stored is there for those who come later', async (place) => {
    await fill(place);
    await using reader = place.engine('read');
    assert.equal(await reader.exists(), true);
    const store = await reader.open(ENCODERS);
    assert.deepEqual((await store.getByIds(['a', 'b'])).map(({ item }) => item), ITEMS.map(({ item }) => item)); // prettier-ignore
  });

  check('its status tells how much there is, and of which encoders', async (place) => {
    await fill(place);
    await using reader = place.engine('read');
    const { collections, unpaired, itemsBySource } = await reader.status();
    for (const space of EMBEDDING_SPACES) {
      const { state, items, encoder } = collections[space];
      assert.deepEqual({ state, items, encoder }, { state: 'present', items: 2, encoder: ENCODERS[space] });
    }
    assert.equal(unpaired, 0);
    assert.equal(itemsBySource.references + itemsBySource.scraped, 2);
  });

  check('both halves have what the store has', async (place) => {
    await fill(place);
    await using checker = place.engine('check');
    const halves = await checker.halves(ENCODERS);
    for (const space of EMBEDDING_SPACES) {
      assert.equal(await halves[space].exists(), true);
      assert.deepEqual((await collect(halves[space].getAllIds())).sort(), ['a', 'b']);
    }
  });

  check('the journal, where one is kept, remembers for all', async (place) => {
    await fill(place);
    const [hash = ''] = ITEMS.map(({ provenance }) => provenance.contentSha256);
    for (const access of ['read', 'check', 'mend', 'write'] as const) {
      await using engine = place.engine(access);
      const journal = await engine.journal();
      const vector = await journal?.getVectors(IDS.clip, [hash]);
      assert.equal(vector?.has(hash), journal && true);
      assert.equal((await engine.status()).journal === undefined, journal === undefined);
    }
  });

  check('what is dropped is as if it was never stored, but for the journal', async (place) => {
    await fill(place);
    await using dropping = place.engine('write');
    await dropping.drop();
    await dropping.drop();
    await dropping[Symbol.asyncDispose]();
    await using reader = place.engine('read');
    assert.equal(await reader.exists(), false);
    const { collections } = await reader.status();
    assert.deepEqual([collections.clip.state, collections.dino.state], ['missing', 'missing']);
    const journal = await reader.journal();
    const [hash = ''] = ITEMS.map(({ provenance }) => provenance.contentSha256);
    assert.equal((await journal?.getVectors(IDS.clip, [hash]))?.has(hash), journal && true);
    await reader[Symbol.asyncDispose]();
    await fill(place);
    await using again = place.engine('read');
    assert.equal(await again.exists(), true);
  });

  check('the vectors of another encoder are refused, whoever asks', async (place) => {
    await fill(place);
    const others = { ...ENCODERS, dino: { id: 'contract/other', dimensions: DIMENSIONS.dino } };
    for (const access of ['read', 'write'] as const) {
      await using engine = place.engine(access);
      await assert.rejects(engine.open(others), isMismatch);
    }
    await using checker = place.engine('check');
    await assert.rejects(checker.halves(others), isMismatch);
  });

  check('a writer is alone, readers beside it see who it is, and the next one comes after it', async (place) => {
    await fill(place);
    await using writer = place.engine('write');
    await writer.open(ENCODERS);
    await using second = place.engine('write');
    await assert.rejects(second.open(ENCODERS), { code: 'STORE_LOCKED' });
    await using reader = place.engine('read');
    assert.equal(await (await reader.open(ENCODERS)).count(), 2);
    assert.equal((await reader.status()).holder?.access, 'write');
    await writer[Symbol.asyncDispose]();
    await using third = place.engine('mend');
    assert.equal(await (await third.halves(ENCODERS)).clip.exists(), true);
  });
}

const NONE = { references: 0, scraped: 0, unknown: 0 };

const isMismatch = (thrown: unknown): boolean =>
  thrown instanceof CollectionError && thrown.code === 'ENCODER_MISMATCH';
