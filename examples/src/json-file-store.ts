import { readFile, rename, writeFile } from 'node:fs/promises';

import type { BatchInsertResult, EmbeddedItem, PerSpace, StoredItem, VectorStore } from '@fashionmatch/domain';
import { InMemoryVectorStore } from '@fashionmatch/domain/testing';

/** A store of one's own: all in memory, and in one JSON file after every change. For some thousand items. */
export class JsonFileStore extends InMemoryVectorStore implements VectorStore {
  readonly #path: string;
  #saved = Promise.resolve();

  private constructor(dimensions: PerSpace<number>, path: string) {
    super(dimensions);
    this.#path = path;
  }

  static async open(dimensions: PerSpace<number>, path: string): Promise<JsonFileStore> {
    const store = new JsonFileStore(dimensions, path);
    const text = await readFile(path, 'utf8').catch(() => '[]');
    const items: EmbeddedItem[] = JSON.parse(text, (key, value) =>
      key === 'clip' || key === 'dino' ? Float32Array.from(value) : value,
    );
    await store.#restore(items);
    return store;
  }

  async #restore(items: readonly EmbeddedItem[]): Promise<void> {
    await super.upsert(items);
  }

  override async upsert(items: readonly EmbeddedItem[]): Promise<BatchInsertResult> {
    const result = await super.upsert(items);
    await this.#save();
    return result;
  }

  override async updateMetadata(items: readonly StoredItem[]): Promise<BatchInsertResult> {
    const result = await super.updateMetadata(items);
    await this.#save();
    return result;
  }

  override async delete(itemIds: readonly string[]): Promise<void> {
    await super.delete(itemIds);
    await this.#save();
  }

  override async clear(): Promise<void> {
    await super.clear();
    await this.#save();
  }

  /** One write at a time: each has all that was stored before it. */
  #save(): Promise<void> {
    this.#saved = this.#saved.then(() => this.#write());
    return this.#saved;
  }

  async #write(): Promise<void> {
    const ids: string[] = [];
    for await (const id of this.getAllIds()) ids.push(id);
    const asArray = (_: string, value: unknown): unknown => (value instanceof Float32Array ? [...value] : value);
    await writeFile(`${this.#path}.part`, JSON.stringify(await this.getByIds(ids), asArray));
    await rename(`${this.#path}.part`, this.#path);
  }
}
