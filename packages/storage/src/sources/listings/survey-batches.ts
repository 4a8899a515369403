import type { BatchSurvey, FashionItem, ListingField, SourceEntry } from '@fashionmatch/domain';

import type { FoundMapping } from './mapping.js';

/** Items that are shown of each batch. */
const EXAMPLES = 3;

/** Columns that are told of each batch; a hostile one may have a million. */
const MAX_COLUMNS = 200;

/** Adds up what comes of one batch. */
export class BatchTally {
  readonly #path: string;
  readonly #columns = new Map<ListingField, Set<string>>();
  readonly #unmapped = new Set<string>();
  readonly #missing = new Set<string>();
  readonly #examples: FashionItem[] = [];
  #format = '';
  #mapping = '';
  #items = 0;
  #failed = 0;
  #firstFailure = '';

  constructor(path: string) {
    this.#path = path;
  }

  addMapping({ mapping, paths, unmapped, missing, isOwn }: FoundMapping, format: string): void {
    this.#format = format;
    this.#mapping ||= mapping.name;
    for (const [field, columns] of paths) {
      const known = this.#columns.get(field) ?? new Set();
      this.#columns.set(field, known);
      for (const keys of columns) if (known.size < MAX_COLUMNS) known.add(keys.join('.'));
    }
    for (const key of unmapped) if (this.#unmapped.size < MAX_COLUMNS) this.#unmapped.add(key);
    if (isOwn) for (const key of missing) this.#missing.add(key);
  }

  addEntry(entry: SourceEntry): void {
    if (entry.kind === 'fault') {
      this.#failed++;
      this.#firstFailure ||= `${entry.failure.itemId}: ${entry.failure.reason}`;
      return;
    }
    this.#items++;
    if (this.#examples.length < EXAMPLES) this.#examples.push({ itemId: entry.itemId, ...entry.metadata });
  }

  get isEmpty(): boolean {
    return this.#items + this.#failed === 0;
  }

  get survey(): BatchSurvey {
    return {
      path: this.#path,
      format: this.#format,
      mapping: this.#mapping,
      columns: Object.fromEntries([...this.#columns].map(([field, columns]) => [field, [...columns]])),
      unmapped: [...this.#unmapped],
      missing: [...this.#missing],
      items: this.#items,
      failed: this.#failed,
      firstFailure: this.#firstFailure,
      examples: this.#examples,
    };
  }
}
