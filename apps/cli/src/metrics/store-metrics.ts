import pTimeout from 'p-timeout';
import { Gauge, type Registry } from 'prom-client';

/** How large a store is, asked where it can be told; undefined where it cannot be told now. */
export interface StoreSize {
  readonly items?: () => Promise<number | undefined>;
  readonly bytes?: () => Promise<number | undefined>;
}

/** The store is asked so often at most, and waited for so long, in milliseconds. */
const ASK_EVERY_MS = 10_000;
const PATIENCE_MS = 1_000;

/** The size of the store, as it was when it could last be told: until then it is no number. */
export class StoreMetrics {
  #size: StoreSize = {};
  #askedAt = -Infinity;
  #asking: Promise<unknown> = Promise.resolve();
  readonly #items: Gauge;
  readonly #bytes: Gauge;

  constructor(registry: Registry) {
    this.#items = new Gauge({
      name: 'fashionmatch_store_items',
      help: 'Items in the store, when it was last seen.',
      registers: [registry],
      collect: () => this.#refresh(),
    });
    this.#bytes = new Gauge({
      name: 'fashionmatch_store_bytes',
      help: 'Bytes on disk of the folder of an embedded store.',
      registers: [registry],
      collect: () => this.#refresh(),
    });
    this.#items.set(Number.NaN);
    this.#bytes.set(Number.NaN);
  }

  follow(size: StoreSize): void {
    this.#size = size;
    this.#askedAt = -Infinity;
  }

  /** Looks now, for it may be for the last time. */
  async look(): Promise<void> {
    this.#askedAt = -Infinity;
    await this.#refresh();
  }

  async #refresh(): Promise<void> {
    if (performance.now() - this.#askedAt >= ASK_EVERY_MS) {
      this.#askedAt = performance.now();
      this.#asking = Promise.all([show(this.#items, this.#size.items), show(this.#bytes, this.#size.bytes)]);
    }
    await this.#asking;
  }
}

async function show(gauge: Gauge, ask: StoreSize['items']): Promise<void> {
  if (ask === undefined) return;
  const asking = ask().catch(() => undefined);
  const value = await pTimeout(asking, { milliseconds: PATIENCE_MS, fallback: () => undefined });
  if (value !== undefined) gauge.set(value);
}
