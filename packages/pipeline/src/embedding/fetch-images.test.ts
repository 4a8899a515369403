import { FashionMatchError, type SourceEntry, type SourceFault, type SourceItem } from '@fashionmatch/domain';
import {
  collect,
  InMemoryEmbeddingJournal,
  InMemoryItemSource,
  InMemoryVectorStore,
  sampleItem,
} from '@fashionmatch/domain/testing';
import { beforeEach, expect, test } from '@jest/globals';

import { dryRun } from './dry-run.js';
import { fetchImages } from './fetch-images.js';
import { Planner } from './plan.js';
import { StageClock } from './stage-clock.js';
import { StoredIndex } from './stored-index.js';

const DIMENSIONS = { clip: 3, dino: 2 };

let source: InMemoryItemSource;
let store: InMemoryVectorStore;
let fetched: string[];
beforeEach(() => {
  source = new InMemoryItemSource('scraped');
  store = new InMemoryVectorStore(DIMENSIONS);
  fetched = [];
});

const local = (itemId: string): SourceItem =>
  source.add(`/${itemId}.jpg`, new Uint8Array([1]), { itemId, recognisedBy: 'id' });

/** A listing whose image the network has, unless `outcome` says otherwise. */
function remote(
  itemId: string,
  outcome = (found: SourceItem): Promise<SourceEntry> => Promise.resolve(found),
): SourceFault {
  const item = local(itemId);
  const fault: SourceFault = {
    kind: 'fault',
    failure: { itemId, source: 'scraped', stage: 'discover', code: 'IMAGE_MISSING', reason: 'not here', path: '' },
    remote: {
      metadata: { ...item.metadata, localImagePath: '' },
      fetch: () => {
        fetched.push(itemId);
        return outcome(item);
      },
    },
  };
  source.entries.splice(source.entries.indexOf(item), 1, fault);
  return fault;
}

const notThere = (itemId: string) => (): Promise<SourceEntry> =>
  Promise.resolve({
    kind: 'fault',
    failure: { itemId, source: 'scraped', stage: 'discover', code: 'IMAGE_MISSING', reason: '404', path: '' },
  });

/** What a run would then plan, entry by entry. */
async function screened(signal?: AbortSignal): Promise<string[]> {
  const index = await StoredIndex.of(store, new InMemoryEmbeddingJournal());
  const planner = new Planner(index);
  const lines: string[] = [];
  for await (const entry of fetchImages(source.list(), { planner, clock: new StageClock(), signal })) {
    const screening = planner.screen(entry);
    const id = entry.kind === 'item' ? entry.itemId : entry.failure.itemId;
    const why = 'failure' in screening ? screening.failure.reason : 'reason' in screening ? screening.reason : '';
    lines.push(`${id} ${screening.kind} ${why}`.trim());
  }
  return lines;
}

test('what the network has becomes an item in its place, and what it has not says why', async () => {
  remote('a', (found) => new Promise((resolve) => setTimeout(resolve, 30, found)));
  local('b');
  remote('c', notThere('c'));
  expect(await screened()).toEqual(['a inspect', 'b inspect', 'c fail 404']);
  expect(fetched).toEqual(['a', 'c']);
});

test('of an id that is listed twice the newest is fetched, and the other one only where that fails', async () => {
  remote('a');
  remote('a');
  remote('b', notThere('b'));
  local('b');
  expect(await screened()).toEqual(['a inspect', 'a skip listed_twice', 'b fail 404', 'b inspect']);
  expect(fetched).toEqual(['a', 'b']);
});

test('a stored item whose listing reads as before is left alone, one that reads otherwise is fetched', async () => {
  const { remote: seen } = remote('a');
  remote('b');
  const embeddings = { clip: new Float32Array([1, 0, 0]), dino: new Float32Array([1, 0]) };
  for (const itemId of ['a', 'b']) {
    const { item, provenance } = sampleItem(itemId, DIMENSIONS);
    const metadata = itemId === 'a' && seen ? seen.metadata : item;
    await store.upsert([{ item: { ...item, ...metadata, itemId }, provenance, embeddings }]);
  }
  expect(await screened()).toEqual(['a skip stored_image_gone', 'b inspect']);
  expect(fetched).toEqual(['b']);
});

test('a run that is stopped leaves the rest as it was, and what cannot be kept ends it', async () => {
  const stop = new AbortController();
  remote('a', () => {
    stop.abort();
    return Promise.reject(new Error('aborted'));
  });
  expect(await screened(stop.signal)).toEqual(['a fetch not here']);
  source.entries.length = 0;
  remote('b', () => Promise.reject(new FashionMatchError('SOURCE_UNREADABLE', 'The disk is full')));
  await expect(screened()).rejects.toThrow('The disk is full');
});

test('a dry run fetches nothing, and says what a run would fetch', async () => {
  remote('a');
  remote('a');
  local('b');
  const encoderIds = { clip: 'c', dino: 'd' };
  const planned = await collect(
    dryRun(source, { vectorStore: store, journal: new InMemoryEmbeddingJournal(), encoderIds }),
  );
  expect(planned.map(({ itemId, action, reason }) => [itemId, action, reason])).toEqual([
    ['a', 'download', 'new'],
    ['a', 'skip', 'listed_twice'],
    ['b', 'encode', 'new'],
  ]);
  expect(fetched).toEqual([]);
});
