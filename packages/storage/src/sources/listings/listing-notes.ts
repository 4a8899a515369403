import type { Logger } from '@fashionmatch/domain';

/** A value as it stands in a message: one line, whatever it is. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${String(value.length)}`;
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  if (typeof value !== 'string') return 'an object';
  const start = value.slice(0, MAX_SHOWN_LENGTH);
  return `${JSON.stringify(start.toWellFormed())}${start === value ? '' : '…'}`;
}

/** Longer values are cut. */
const MAX_SHOWN_LENGTH = 60;

export interface ListingNote {
  readonly level: 'info' | 'warn';
  /** A sentence's beginning, such as `Left out values of price that cannot be read`. */
  readonly kind: string;
  readonly count: number;
  readonly example: string;
  /** Of the listing that the example is from; `''` where it is from none. */
  readonly itemId: string;
}

/** What was done with listings without a word, to be told once for each kind, with how often. */
export class ListingNotes {
  readonly #notes = new Map<string, ListingNote & { count: number }>();

  add(level: 'info' | 'warn', kind: string, example: string, itemId = ''): void {
    const known = this.#notes.get(kind);
    if (known === undefined) this.#notes.set(kind, { level, kind, count: 1, example, itemId });
    else known.count++;
  }

  all(): ListingNote[] {
    return [...this.#notes.values()];
  }

  /** @param told What has been told before, of the same folder: it is not told again, and the new is added. */
  tell(logger: Logger, told: Set<string>): void {
    for (const { level, kind, count, example, itemId } of this.#notes.values()) {
      const message = `${kind}: ${String(count)}, such as ${example}`;
      if (!told.has(message)) logger[level](message, itemId === '' ? { count } : { count, item_id: itemId });
      told.add(message);
    }
  }
}

/** Notes of one listing, kept back until its turn comes. */
export class HeldNotes {
  readonly #notes: ListingNotes;
  #held: Parameters<ListingNotes['add']>[] | undefined = [];

  constructor(notes: ListingNotes) {
    this.#notes = notes;
  }

  add(...note: Parameters<ListingNotes['add']>): void {
    if (this.#held) this.#held.push(note);
    else this.#notes.add(...note);
  }

  /** From now on they are added at once. */
  release(): void {
    for (const note of this.#held ?? []) this.#notes.add(...note);
    this.#held = undefined;
  }
}
