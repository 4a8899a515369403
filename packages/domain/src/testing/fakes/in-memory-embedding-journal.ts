import { EMBEDDING_SPACES, lengthOf, sameVector, UNIT_LENGTH_TOLERANCE, type PerSpace } from '../../embedding.js';
import { EmbeddingDimensionError, VectorStoreError } from '../../errors.js';
import type { EmbeddedItem, StoredItem } from '../../fashion-item.js';
import type { EmbeddingJournal, JournalSize, VectorOrigin } from '../../ports/embedding-journal.js';
import { settle } from '../settle.js';

interface Remembered {
  readonly vector: Float32Array;
  readonly origin: VectorOrigin;
}

/** An {@link EmbeddingJournal} that lives and dies with the process. */
export class InMemoryEmbeddingJournal implements EmbeddingJournal {
  readonly #items = new Map<string, StoredItem>();
  #changes = 0;
  /** By encoder id, then by content hash. */
  readonly #vectors = new Map<string, Map<string, Remembered>>();

  appendVectors(
    items: readonly EmbeddedItem[],
    encoderIds: PerSpace<string>,
    origin: VectorOrigin = 'encoded',
  ): Promise<void> {
    return settle(() => {
      items.forEach(checkVectors);
      for (const { provenance, embeddings } of items) {
        for (const space of EMBEDDING_SPACES) {
          const vectors = this.#vectors.get(encoderIds[space]) ?? new Map<string, Remembered>();
          const known = vectors.get(provenance.contentSha256);
          if (known && sameVector(known.vector, embeddings[space])) continue;
          vectors.set(provenance.contentSha256, { vector: embeddings[space].slice(), origin });
          this.#vectors.set(encoderIds[space], vectors);
        }
      }
    });
  }

  updateItems(items: readonly StoredItem[]): Promise<void> {
    return settle(() => {
      items.forEach(checkItem);
      this.#changes++;
      for (const { item, provenance } of items) {
        this.#items.set(item.itemId, { item: { ...item }, provenance: { ...provenance } });
      }
    });
  }

  getVectors(encoderId: string, contentHashes: readonly string[]): Promise<Map<string, Float32Array>> {
    return settle(() => {
      const vectors = this.#vectors.get(encoderId);
      return new Map(
        contentHashes.flatMap((hash) => {
          const remembered = vectors?.get(hash);
          return remembered ? [[hash, remembered.vector.slice()] as const] : [];
        }),
      );
    });
  }

  getImported(encoderId: string, contentHashes: readonly string[]): Promise<Set<string>> {
    const vectors = this.#vectors.get(encoderId);
    return settle(() => new Set(contentHashes.filter((hash) => vectors?.get(hash)?.origin === 'imported')));
  }

  async *getItems(): AsyncIterable<StoredItem> {
    await Promise.resolve();
    yield* this.#items.values();
  }

  getItemsByIds(itemIds: readonly string[]): Promise<StoredItem[]> {
    return settle(() => [...new Set(itemIds)].flatMap((id) => this.#items.get(id) ?? []));
  }

  remove(itemIds: readonly string[]): Promise<void> {
    return settle(() => {
      this.#changes++;
      for (const id of itemIds) this.#items.delete(id);
    });
  }

  compact(): Promise<number> {
    return settle(() => {
      const used = new Set([...this.#items.values()].map(({ provenance }) => provenance.contentSha256));
      let forgotten = 0;
      for (const vectors of this.#vectors.values()) {
        for (const hash of vectors.keys()) {
          if (!used.has(hash) && vectors.delete(hash)) forgotten++;
        }
      }
      return forgotten;
    });
  }

  size(): Promise<JournalSize> {
    return settle(() => {
      const vectors = [...this.#vectors.values()].flatMap((ofEncoder) => [...ofEncoder.values()]);
      const bytes = vectors.reduce((sum, { vector }) => sum + vector.byteLength, 0);
      return { items: this.#items.size, vectors: vectors.length, bytes };
    });
  }

  revision(): Promise<string> {
    return settle(() => String(this.#changes));
  }
}

function checkItem(stored: StoredItem): void {
  const { fileSize, fileMtimeMs } = stored.provenance;
  if (![stored.item.price, fileSize, fileMtimeMs].every(Number.isFinite))
    throw refused(stored, 'a number is not finite');
}

function checkVectors(stored: EmbeddedItem): void {
  const { provenance, embeddings, item } = stored;
  if (!/^[0-9a-f]{64}$/.test(provenance.contentSha256)) throw refused(stored, 'its content hash is no SHA-256');
  for (const space of EMBEDDING_SPACES) {
    if (!(Math.abs(lengthOf(embeddings[space]) - 1) <= UNIT_LENGTH_TOLERANCE)) {
      throw new EmbeddingDimensionError(`The ${space} vector of ${item.itemId} has a length other than 1`);
    }
  }
}

function refused({ item }: StoredItem, reason: string): VectorStoreError {
  return new VectorStoreError('STORE_FAILED', `The journal cannot remember ${item.itemId}: ${reason}`);
}
