import { setImmediate } from 'node:timers/promises';

import {
  Groups,
  NearCopies,
  type EmbeddedItem,
  type PerSpace,
  type StoredItem,
  type VectorStore,
} from '@fashionmatch/domain';

import { batches } from '../batches.js';

/** An item of a group. */
export interface DuplicateItem extends StoredItem {
  /** The same content as the group's first. */
  readonly isExact: boolean;
}

/** Items with one picture, as it is or as a copy of it. At least two. */
export interface DuplicateGroup {
  /** `exact` when all have the same content. */
  readonly kind: 'exact' | 'near';
  /** Offered more than once: by different sellers, or for different prices. */
  readonly isRelist: boolean;
  readonly items: readonly DuplicateItem[];
  /** The lowest scores that joined two contents of the group; undefined where there is one content. */
  readonly lowest: PerSpace<number> | undefined;
}

export interface DuplicateReport {
  readonly items: number;
  readonly contents: number;
  /** Most items first. */
  readonly groups: readonly DuplicateGroup[];
  readonly thresholds: PerSpace<number>;
}

export interface FindDuplicatesOptions {
  /** The cosines that near-copies have at least. */
  readonly thresholds: PerSpace<number>;
  readonly signal?: AbortSignal | undefined;
  /** Told how many items were read. */
  readonly onProgress?: ((items: number) => void) | undefined;
  /** Then told, as a share from 0 to 1, how many of them were compared with all others. */
  readonly onCompared?: ((share: number) => void) | undefined;
  /** Items that are read at once; 1,000 unless given. With fewer, other work gets its turn more often. */
  readonly readAtOnce?: number | undefined;
  /** Called every few milliseconds, to let other work have its turn; that of one turn of the event loop unless given. */
  readonly yieldTurn?: (() => Promise<void>) | undefined;
}

/** In Chroma's JSON, both vectors of so many are about 20 MB. */
const READ_AT_ONCE = 1_000;
/** Groups whose items are read at once. */
const SHOWN_AT_ONCE = 200;

const oneTurn = (): Promise<void> => setImmediate();

/** Numbers the contents of a store, and says which items have them. */
class Contents {
  readonly #numbers = new Map<string, number>();
  /** The items of each content; one alone is no array, for most are. */
  readonly #items: (string | string[])[] = [];

  /** @returns whether the content is new. */
  add({ item: { itemId }, provenance: { contentSha256 } }: StoredItem): boolean {
    // What another program wrote may have no hash.
    const number = contentSha256 === '' ? undefined : this.#numbers.get(contentSha256);
    if (number === undefined) {
      this.#numbers.set(contentSha256, this.#items.length);
      this.#items.push(itemId);
      return true;
    }
    const items = this.#items[number];
    if (typeof items === 'object') items.push(itemId);
    else this.#items[number] = [...this.itemsOf(number), itemId];
    return false;
  }

  get count(): number {
    return this.#items.length;
  }

  itemsOf(number: number): string[] {
    const items = this.#items[number] ?? [];
    return typeof items === 'string' ? [items] : items;
  }

  /** The numbers of those with several items. */
  shared(): number[] {
    return [...this.#items.keys()].filter((number) => typeof this.#items[number] === 'object');
  }
}

/**
 * Groups items whose pictures are the same, or copies of each other: both scores reach a threshold. Copies of copies are in
 * one group. Memory grows with the items: their vectors, ids and hashes.
 */
export async function findDuplicates(
  store: Pick<VectorStore, 'getAllIds' | 'getByIds' | 'getItemsByIds'>,
  options: FindDuplicatesOptions,
): Promise<DuplicateReport> {
  const { thresholds, signal, onProgress, onCompared, readAtOnce = READ_AT_ONCE, yieldTurn = oneTurn } = options;
  const contents = new Contents();
  const copies = new NearCopies(thresholds);
  const nextTurn = async (): Promise<void> => {
    signal?.throwIfAborted();
    await yieldTurn();
  };
  let items = 0;
  for await (const itemIds of batches(store.getAllIds(), readAtOnce)) {
    await nextTurn();
    for (const stored of await store.getByIds(itemIds)) {
      items++;
      if (contents.add(stored)) copies.add(stored.embeddings);
    }
    onProgress?.(items);
  }
  const groups = new Groups();
  const lowest = new LowestScores();
  const compared = (rows: number): Promise<void> => {
    onCompared?.(rows / contents.count);
    return nextTurn();
  };
  for await (const pair of copies.pairs(compared)) {
    groups.join(pair.first, pair.second);
    lowest.note(pair.first, pair.second, { clip: pair.clipScore, dino: pair.dinoScore });
  }
  const joined = groups.all();
  const near = new Set(joined.flat());
  const exact = contents.shared().filter((number) => !near.has(number));
  const found: DuplicateGroup[] = [];
  for await (const some of batches([...joined, ...exact.map((number) => [number])], SHOWN_AT_ONCE)) {
    const members = some.map((numbers) => numbers.map((number) => contents.itemsOf(number)));
    const stored = await store.getItemsByIds(members.flat(2));
    const byId = new Map(stored.map((one) => [one.item.itemId, one]));
    for (const [i, numbers] of some.entries()) {
      const group = groupOf(members[i] ?? [], byId, lowest.of(numbers));
      // Some may be gone since.
      if (group.items.length > 1) found.push(group);
    }
  }
  found.sort((a, b) => b.items.length - a.items.length);
  return { items, contents: contents.count, groups: found, thresholds };
}

/** The lowest scores that joined a number to a lower one. */
class LowestScores {
  readonly #scores = new Map<number, PerSpace<number>>();

  note(first: number, second: number, scores: PerSpace<number>): void {
    for (const number of [first, second]) this.#scores.set(number, lower(this.#scores.get(number), scores));
  }

  of(numbers: readonly number[]): PerSpace<number> | undefined {
    return numbers.reduce<PerSpace<number> | undefined>((lowest, number) => {
      const scores = this.#scores.get(number);
      return scores ? lower(lowest, scores) : lowest;
    }, undefined);
  }
}

function lower(one: PerSpace<number> | undefined, other: PerSpace<number>): PerSpace<number> {
  return one ? { clip: Math.min(one.clip, other.clip), dino: Math.min(one.dino, other.dino) } : other;
}

/** @param members the ids of each content. */
function groupOf(
  members: readonly (readonly string[])[],
  stored: ReadonlyMap<string, StoredItem>,
  lowest: PerSpace<number> | undefined,
): DuplicateGroup {
  const items = members.flatMap((itemIds, content) =>
    itemIds.flatMap((itemId) => {
      const found = stored.get(itemId);
      return found ? [{ ...found, isExact: content === 0 }] : [];
    }),
  );
  return { kind: members.length === 1 ? 'exact' : 'near', isRelist: isRelist(items), items, lowest };
}

/** Reference images have neither seller nor price, and are nobody's offer. */
function isRelist(items: readonly Pick<EmbeddedItem, 'item'>[]): boolean {
  const sellers = new Set(items.flatMap(({ item: { sellerId } }) => (sellerId === '' ? [] : [sellerId])));
  const prices = new Set(
    items.flatMap(({ item: { price, currency } }) => (price > 0 ? [`${String(price)} ${currency}`] : [])),
  );
  return sellers.size > 1 || prices.size > 1;
}
