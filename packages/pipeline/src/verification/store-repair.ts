import {
  EMBEDDING_SPACES,
  ItemError,
  perSpace,
  perSpaceAsync,
  type EmbeddedItem,
  type EmbeddingSpace,
  type PerSpace,
  type StoredItem,
} from '@fashionmatch/domain';

import { encodeAgain, type EncodingTools } from './encode-again.js';
import type { ItemView } from './item-faults.js';
import { hasBothVectors, recordToWrite, storedTarget, vectorsFor, type RepairTarget } from './repair-target.js';
import { pagesOfIds, viewItems, type StoreUnderTest } from './store-under-test.js';
import type { StoreSurvey } from './survey-tally.js';

export interface UnmendableItem {
  readonly itemId: string;
  readonly reason: string;
}

/** What a repair would take away for good. */
export interface Removal {
  /** Neither the journal nor a file has their vectors. */
  readonly items: readonly UnmendableItem[];
  /** Neither half can be read, and the journal knows of no item: nobody can say what is lost. */
  readonly unknown: boolean;
}

export interface RepairOptions {
  /** Called before anything is changed, when something has to go. To throw stops the repair. */
  readonly confirmRemoval: (removal: Removal) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
}

/** What a repair did. */
export interface RepairReport {
  /** Names of the halves that were made anew. */
  readonly rebuilt: readonly string[];
  /** Items that were written to one half or both. */
  readonly mended: number;
  /** How many of these had to be encoded again. */
  readonly encoded: number;
  readonly removed: readonly UnmendableItem[];
  /** Items that the store would not take. */
  readonly refused: readonly UnmendableItem[];
}

/** Items that are looked up, encoded and written at once. */
const PAGE = 500;

/** How often the log says how far it is, in items. */
const LOG_EVERY = 10_000;

/**
 * Mends a store: first the journal gets every vector that it lacks, if need be from the items' files, and only
 * then is the store changed, to what the journal says. So a repair that is killed has lost nothing, and the
 * next one goes on from there.
 */
export class StoreRepair {
  readonly #store: StoreUnderTest;
  readonly #tools: EncodingTools;
  readonly #options: RepairOptions;
  readonly #dimensions: PerSpace<number>;
  readonly #rebuilt: string[] = [];
  readonly #mended = new Set<string>();
  readonly #removed: UnmendableItem[] = [];
  readonly #refused: UnmendableItem[] = [];
  /** Items that were encoded again, as their files are now. */
  readonly #current = new Map<string, StoredItem>();
  #encoded = 0;

  constructor(store: StoreUnderTest, tools: EncodingTools, options: RepairOptions) {
    this.#store = store;
    this.#tools = tools;
    this.#options = options;
    this.#dimensions = perSpace((space) => store.encoders[space].dimensions);
  }

  get report(): RepairReport {
    return {
      rebuilt: this.#rebuilt,
      mended: this.#mended.size,
      encoded: this.#encoded,
      removed: this.#removed,
      refused: this.#refused,
    };
  }

  /**
   * @param replace spaces whose halves are made anew, in this order.
   * @throws what `confirmRemoval` throws; nothing of the store was changed then.
   */
  async mend(survey: StoreSurvey, replace: readonly EmbeddingSpace[]): Promise<void> {
    const readable = EMBEDDING_SPACES.filter((space) => survey.halves[space].state === 'sound');
    const ids = await this.#idsToMend(survey, readable, replace.length > 0);
    const hopeless = await this.#completeJournal(ids, readable, survey.idsNotOfImage);
    const unknown = ids.length === 0 && replace.some((space) => survey.halves[space].state !== 'missing');
    if (hopeless.length > 0 || unknown) await this.#options.confirmRemoval({ items: hopeless, unknown });

    const writable = readable.filter((space) => !replace.includes(space));
    const lost = new Set(hopeless.map(({ itemId }) => itemId));
    const mendable = ids.filter((id) => !lost.has(id));
    if (replace.length === 0) await this.#write(mendable, writable);
    // One half after the other: the ids are always in one of them.
    for (const space of replace) {
      const half = this.#store.halves[space];
      this.#store.logger.info(`Making ${half.name} anew`);
      await half.replace();
      this.#rebuilt.push(half.name);
      writable.push(space);
      await this.#write(mendable, writable);
    }
    for (const space of writable) await this.#store.halves[space].delete([...lost]);
    this.#removed.push(...hopeless);
  }

  async #idsToMend({ faultyIds }: StoreSurvey, readable: readonly EmbeddingSpace[], every: boolean): Promise<string[]> {
    const ids = new Set(faultyIds);
    // Collected before anything is written, which would change the order in which they come.
    if (every) for await (const page of pagesOfIds(this.#store, readable)) for (const id of page) ids.add(id);
    return [...ids];
  }

  /** Gives the journal the vectors that it lacks, and says for which items there are none. */
  async #completeJournal(
    ids: readonly string[],
    readable: readonly EmbeddingSpace[],
    notOfImage: ReadonlySet<string>,
  ): Promise<UnmendableItem[]> {
    const unmendable: UnmendableItem[] = [];
    for (const page of this.#pagesOf(ids)) {
      const toRemember: EmbeddedItem[] = [];
      const toEncode: StoredItem[] = [];
      for (const { view, target } of await this.#resolve(page, readable)) {
        if (target === undefined) unmendable.push({ itemId: view.itemId, reason: 'nobody knows its metadata' });
        else if (!hasBothVectors(target.vectors) || notOfImage.has(view.itemId)) toEncode.push(target.stored);
        else if (!target.inJournal) toRemember.push({ ...target.stored, embeddings: target.vectors });
      }
      await this.#remember(toRemember);
      unmendable.push(...(await this.#encode(toEncode)));
    }
    return unmendable;
  }

  async #encode(items: readonly StoredItem[]): Promise<UnmendableItem[]> {
    const outcomes = await encodeAgain(items, this.#tools);
    const encoded = outcomes.flatMap((outcome) => (outcome instanceof ItemError ? [] : [outcome]));
    await this.#remember(encoded);
    this.#encoded += encoded.length;
    for (const { item, provenance } of encoded) this.#current.set(item.itemId, { item, provenance });
    return outcomes.flatMap((outcome, i) => {
      const itemId = items[i]?.item.itemId ?? '';
      return outcome instanceof ItemError ? [{ itemId, reason: outcome.message }] : [];
    });
  }

  async #remember(items: readonly EmbeddedItem[]): Promise<void> {
    const { journal, encoders } = this.#store;
    // What another program stored may not say what it was made of.
    const known = items.filter(({ provenance }) => provenance.contentSha256 !== '');
    await journal.appendVectors(
      known,
      perSpace((space) => encoders[space].id),
    );
  }

  async #write(ids: readonly string[], spaces: readonly EmbeddingSpace[]): Promise<void> {
    let logAt = LOG_EVERY;
    for (const page of this.#pagesOf(ids)) {
      const items = await this.#resolve(page, spaces);
      const written = new Map<string, StoredItem>();
      for (const space of spaces) {
        const records = items.flatMap(({ view, target }) => {
          const record = target && recordToWrite(space, view, target, this.#dimensions);
          return record ? [record] : [];
        });
        const failures = await this.#store.halves[space].put(records);
        for (const { stored } of records) written.set(stored.item.itemId, stored);
        for (const failure of failures) written.delete(failure.itemId);
        this.#refused.push(...failures);
      }
      await this.#store.journal.updateItems([...written.values()]);
      for (const id of written.keys()) this.#mended.add(id);
      if (this.#mended.size < logAt) continue;
      this.#store.logger.info(`Wrote ${String(this.#mended.size)} items`);
      logAt += LOG_EVERY;
    }
  }

  async #resolve(
    ids: readonly string[],
    readable: readonly EmbeddingSpace[],
  ): Promise<{ view: ItemView; target: RepairTarget | undefined }[]> {
    const { journal, encoders } = this.#store;
    const views = await viewItems(this.#store, readable, ids);
    const inJournal = new Map((await journal.getItemsByIds(ids)).map((stored) => [stored.item.itemId, stored]));
    const items = views.map((view) => ({
      view,
      stored: this.#current.get(view.itemId) ?? storedTarget(view, inJournal.get(view.itemId)),
    }));
    const hashes = items.flatMap(({ stored }) => stored?.provenance.contentSha256 ?? []);
    const known = await perSpaceAsync((space) => journal.getVectors(encoders[space].id, hashes));
    return items.map(({ view, stored }) => {
      if (stored === undefined) return { view, target: undefined };
      const hash = stored.provenance.contentSha256;
      const remembered = perSpace((space) => known[space].get(hash));
      const vectors = vectorsFor(stored, view, remembered, this.#dimensions);
      return { view, target: { stored, vectors, inJournal: hasBothVectors(remembered) } };
    });
  }

  *#pagesOf(ids: readonly string[]): Generator<string[]> {
    for (let at = 0; at < ids.length; at += PAGE) {
      this.#options.signal?.throwIfAborted();
      yield ids.slice(at, at + PAGE);
    }
  }
}
