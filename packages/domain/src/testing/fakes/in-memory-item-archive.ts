import { EMBEDDING_SPACES } from '../../embedding.js';
import { FashionMatchError } from '../../errors.js';
import type { EmbeddedItem } from '../../fashion-item.js';
import type { ArchiveEntry, ArchiveWriteOptions, ItemArchive, OpenedItemArchive } from '../../ports/item-archive.js';

/** An {@link ItemArchive} that lives and dies with the process; its rows can be looked at and changed. */
export class InMemoryItemArchive implements ItemArchive {
  readonly folder = '.';
  readonly files = ['memory'];
  encoders: ArchiveWriteOptions['encoders'] | undefined;
  rows: ArchiveEntry[] = [];

  existing(): Promise<string[]> {
    return Promise.resolve(this.encoders === undefined ? [] : [...this.files]);
  }

  async write(
    pages: AsyncIterable<readonly EmbeddedItem[]>,
    { encoders, overwrite = false }: ArchiveWriteOptions,
  ): Promise<void> {
    if (this.encoders !== undefined && !overwrite) {
      throw new FashionMatchError('USAGE_INVALID', 'The archive is there already');
    }
    const rows: ArchiveEntry[] = [];
    for await (const page of pages) {
      for (const item of page) rows.push({ kind: 'item', row: rows.length + 1, item });
    }
    this.encoders = encoders;
    this.rows = rows;
  }

  open(): Promise<OpenedItemArchive> {
    const { encoders, rows } = this;
    if (encoders === undefined) {
      return Promise.reject(new FashionMatchError('SOURCE_UNREADABLE', 'There is no archive'));
    }
    return Promise.resolve({
      name: 'memory',
      encoders,
      spaces: EMBEDDING_SPACES,
      size: rows.length,
      entries: () => each(rows),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  }
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  await Promise.resolve();
  yield* items;
}
