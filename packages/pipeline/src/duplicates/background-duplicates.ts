import { setTimeout as delay } from 'node:timers/promises';

import type { DuplicateGroup, DuplicateReport, FindDuplicatesOptions } from './find-duplicates.js';

/** Where copies are looked for. */
export interface DuplicatesSource {
  count(): Promise<number>;
  /** Another one after a change of what is stored; undefined where that cannot be told. */
  revision(): Promise<string | undefined>;
  /** As {@link findDuplicates}. */
  find(options: Pick<FindDuplicatesOptions, 'signal' | 'onCompared' | 'onProgress'>): Promise<DuplicateReport>;
}

/** A group of copies, by the ids of its items alone. */
export interface FoundGroup extends Pick<DuplicateGroup, 'isRelist' | 'kind' | 'lowest'> {
  readonly members: readonly { readonly itemId: string; readonly isExact: boolean }[];
}

/** What is known so far: how many steps of all were made, of which each item takes two, or all groups. */
export type DuplicatesState =
  { readonly done: number; readonly total: number } | { readonly groups: readonly FoundGroup[] };

/** A small store is done with by then, in milliseconds: whoever asks need not ask again. */
const PATIENCE_MS = 200;

/** What was found is told at least so long, in milliseconds, however often the store changes meanwhile. */
const KEPT_MS = 60_000;

/** The same of a store that cannot tell when it changes. */
const KEPT_UNTOLD_MS = 600_000;

/** One search, that goes on while nobody waits for it. */
class Search {
  readonly revision: string | undefined;
  readonly counted: Promise<void>;
  readonly ended: Promise<void>;
  total = 0;
  done = 0;
  outcome: { readonly groups: readonly FoundGroup[] } | { readonly failure: unknown } | undefined;
  #endedAt = 0;

  constructor(source: DuplicatesSource, signal: AbortSignal, revision: string | undefined) {
    this.revision = revision;
    this.counted = source.count().then(
      (total) => {
        this.total = 2 * total;
      },
      // Whoever looks for copies is told of it.
      () => undefined,
    );
    this.ended = this.#run(source, signal);
  }

  /** Whether its outcome may still be told when the store has a revision. */
  serves(revision: string | undefined): boolean {
    if (this.outcome === undefined || (revision !== undefined && revision === this.revision)) return true;
    // To look at nothing again costs nothing.
    if (this.done === 0) return false;
    return performance.now() - this.#endedAt < (revision === undefined ? KEPT_UNTOLD_MS : KEPT_MS);
  }

  async #run(source: DuplicatesSource, signal: AbortSignal): Promise<void> {
    // To read an item is one step, to compare it with the others another.
    let read = 0;
    const onProgress = (items: number): void => {
      this.done = read = items;
    };
    const onCompared = (share: number): void => {
      this.done = read + Math.floor(share * read);
    };
    try {
      const { groups } = await source.find({ signal, onProgress, onCompared });
      this.outcome = { groups: groups.map(foundGroup) };
    } catch (failure) {
      this.outcome = { failure };
    }
    this.#endedAt = performance.now();
  }
}

/**
 * Copies among the stored items, looked for in the background, for a server: one search at a time, whose outcome is kept
 * until the store changes. Dispose of it to end a search that goes on.
 */
export class BackgroundDuplicates implements AsyncDisposable {
  readonly #source: DuplicatesSource;
  readonly #stop = new AbortController();
  #search: Search | undefined;

  constructor(source: DuplicatesSource) {
    this.#source = source;
  }

  /**
   * What is known so far; a search is begun where there is none of the store as it is now.
   *
   * @throws what a search failed with, once; the next call begins another.
   */
  async find(): Promise<DuplicatesState> {
    const revision = await this.#source.revision();
    this.#stop.signal.throwIfAborted();
    if (this.#search?.serves(revision) !== true) {
      this.#search = new Search(this.#source, this.#stop.signal, revision);
    }
    const search = this.#search;
    const patience = delay(PATIENCE_MS, undefined, { ref: false });
    await Promise.race([search.ended, Promise.all([search.counted, patience])]);
    if (search.outcome === undefined) return { done: Math.min(search.done, search.total), total: search.total };
    if ('groups' in search.outcome) return search.outcome;
    if (this.#search === search) this.#search = undefined;
    throw search.outcome.failure;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error('The server ends'));
    await this.#search?.ended;
  }
}

function foundGroup({ kind, isRelist, lowest, items }: DuplicateGroup): FoundGroup {
  return { kind, isRelist, lowest, members: items.map(({ item: { itemId }, isExact }) => ({ itemId, isExact })) };
}
