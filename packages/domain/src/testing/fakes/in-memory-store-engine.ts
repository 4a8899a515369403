import { EMBEDDING_SPACES, type EmbeddingSpace, type PerSpace } from '../../embedding.js';
import type { EncoderFingerprint } from '../../encoder-fingerprint.js';
import { CollectionError, VectorStoreError } from '../../errors.js';
import type { EmbeddingJournal } from '../../ports/embedding-journal.js';
import type { StoreAccess, StoreEngine } from '../../ports/store-engine.js';
import type { StoreHalf } from '../../ports/store-half.js';
import type { CollectionStatus, StoreStatus } from '../../ports/store-status.js';
import type { VectorStore } from '../../ports/vector-store.js';
import { InMemoryEmbeddingJournal } from './in-memory-embedding-journal.js';
import { InMemoryStoreHalf } from './in-memory-store-half.js';
import { InMemoryVectorStore } from './in-memory-vector-store.js';

/** Where the engines that share it find the same store, one writer at a time. */
export class InMemoryStorePlace {
  readonly journal = new InMemoryEmbeddingJournal();
  /** Undefined while nothing was ever stored. */
  stored: { readonly store: InMemoryVectorStore; readonly encoders: PerSpace<EncoderFingerprint> } | undefined;
  /** Whoever has the place alone. */
  holder: InMemoryStoreEngine | undefined;
}

/** A {@link StoreEngine} whose halves show the store as it is when they are opened; mending them does not change it. */
export class InMemoryStoreEngine implements StoreEngine {
  readonly folder = undefined;
  readonly #access: StoreAccess;
  readonly #place: InMemoryStorePlace;

  constructor(access: StoreAccess = 'write', place = new InMemoryStorePlace()) {
    this.#access = access;
    this.#place = place;
  }

  async exists(): Promise<boolean> {
    await Promise.resolve();
    return ((await this.#enter().stored?.store.count()) ?? 0) > 0;
  }

  async status(): Promise<StoreStatus> {
    const { stored, journal, holder } = this.#place;
    const items = (await stored?.store.count()) ?? 0;
    const collection = (space: EmbeddingSpace): CollectionStatus => ({
      name: `memory_${space}`,
      state: stored === undefined ? 'missing' : 'present',
      reason: '',
      items,
      encoder: stored?.encoders[space],
    });
    const itemsBySource = { references: 0, scraped: 0, unknown: 0 };
    for await (const { provenance } of stored?.store.listItems() ?? []) itemsBySource[provenance.source]++;
    return {
      location: 'memory',
      collections: { clip: collection('clip'), dino: collection('dino') },
      unpaired: 0,
      itemsBySource,
      journal: await journal.size(),
      bytesOnDisk: undefined,
      holder: holder && { pid: 1, host: 'memory', since: new Date(0).toISOString(), access: 'write' },
    };
  }

  async open(encoders: PerSpace<EncoderFingerprint>): Promise<VectorStore> {
    const found = await this.#find(encoders);
    if (found !== undefined || this.#access !== 'write') return found ?? emptyStore();
    const store = new InMemoryVectorStore({ clip: encoders.clip.dimensions, dino: encoders.dino.dimensions });
    this.#place.stored = { store, encoders };
    return store;
  }

  async halves(encoders: PerSpace<EncoderFingerprint>): Promise<PerSpace<StoreHalf>> {
    const store = await this.#find(encoders);
    const half = async (space: EmbeddingSpace): Promise<StoreHalf> => {
      const half = new InMemoryStoreHalf(`memory_${space}`, encoders[space].dimensions);
      if (store === undefined) return half;
      await half.replace();
      for await (const id of store.getAllIds()) {
        for (const { embeddings, ...stored } of await store.getByIds([id])) {
          await half.put([{ stored, vector: embeddings[space] }]);
        }
      }
      return half;
    };
    return { clip: await half('clip'), dino: await half('dino') };
  }

  async drop(): Promise<void> {
    await Promise.resolve();
    this.#enter().stored = undefined;
  }

  async journal(): Promise<EmbeddingJournal> {
    await Promise.resolve();
    return this.#enter().journal;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.resolve();
    if (this.#place.holder === this) this.#place.holder = undefined;
  }

  #enter(): InMemoryStorePlace {
    if (this.#access === 'read') return this.#place;
    const { holder } = this.#place;
    if (holder !== undefined && holder !== this) throw new VectorStoreError('STORE_LOCKED', 'Another engine has it');
    this.#place.holder = this;
    return this.#place;
  }

  async #find(encoders: PerSpace<EncoderFingerprint>): Promise<InMemoryVectorStore | undefined> {
    await Promise.resolve();
    const { stored } = this.#enter();
    for (const space of EMBEDDING_SPACES) {
      if (stored === undefined || stored.encoders[space].id === encoders[space].id) continue;
      throw new CollectionError('ENCODER_MISMATCH', `The ${space} vectors are of ${stored.encoders[space].id}`);
    }
    return stored?.store;
  }
}

/** What a reader gets where nothing was stored. */
function emptyStore(): VectorStore {
  const store = new InMemoryVectorStore({ clip: 1, dino: 1 });
  store.upsert = () => Promise.reject(new VectorStoreError('STORE_FAILED', 'It was opened for reading only'));
  return store;
}
