import { ItemError } from '../../errors.js';
import type { ItemSourceName } from '../../fashion-item.js';
import type { LeftOut, OnLeftOut } from '../../left-out.js';
import type { ItemSource, SourceEntry, SourceItem } from '../../ports/item-source.js';

/** Lists what it was given; change `entries` and `images` to play a folder that changes. */
export class InMemoryItemSource implements ItemSource {
  readonly name: ItemSourceName;
  readonly entries: SourceEntry[] = [];
  /** What a listing passes over. */
  readonly leftOut: LeftOut[] = [];
  /** The bytes behind each path. */
  readonly images = new Map<string, Uint8Array>();

  constructor(name: ItemSourceName) {
    this.name = name;
  }

  /** Adds an image, recognised by its path unless `changes` say otherwise. */
  add(path: string, bytes: Uint8Array, changes: Partial<SourceItem> = {}): SourceItem {
    const entry: SourceItem = {
      kind: 'item',
      source: this.name,
      itemId: `ref_${path}`,
      recognisedBy: 'path',
      metadata: {
        title: path,
        price: 0,
        currency: 'EUR',
        description: '',
        brand: '',
        size: '',
        condition: '',
        imageUrl: `file://${path}`,
        url: `file://${path}`,
        category: '',
        sellerId: '',
        scrapedAt: '2025-01-15T14:30:22.000Z',
        localImagePath: path,
      },
      file: { path, size: bytes.length, mtimeMs: 1_736_951_422_123 },
      ...changes,
    };
    this.entries.push(entry);
    this.images.set(path, bytes);
    return entry;
  }

  /** Gives an entry another image, for when the first one cannot be used. @returns the entry with that. */
  addNext(entry: SourceItem, path: string, bytes: Uint8Array): SourceItem {
    const file = { ...entry.file, path, size: bytes.length };
    const next: SourceItem = { ...entry, metadata: { ...entry.metadata, localImagePath: path }, file, next: undefined };
    const first: SourceItem = { ...entry, next: () => Promise.resolve(next) };
    this.entries[this.entries.indexOf(entry)] = first;
    this.images.set(path, bytes);
    return first;
  }

  async *list(onLeftOut?: OnLeftOut): AsyncIterable<SourceEntry> {
    await Promise.resolve();
    if (onLeftOut) this.leftOut.forEach(onLeftOut);
    yield* this.entries;
  }

  read(item: SourceItem): Promise<Uint8Array> {
    const bytes = this.images.get(item.file.path);
    return bytes === undefined
      ? Promise.reject(new ItemError('IMAGE_MISSING', 'the image file does not exist'))
      : Promise.resolve(bytes);
  }

  exists(filePath: string): Promise<boolean> {
    return Promise.resolve(this.images.has(filePath));
  }
}
