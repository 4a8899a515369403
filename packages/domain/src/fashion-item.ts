import type { DualEmbedding } from './embedding.js';

/** Where an item comes from: a folder of reference looks, or a scraped marketplace batch. */
export const ITEM_SOURCES = ['references', 'scraped'] as const;

export type ItemSourceName = (typeof ITEM_SOURCES)[number];

/**
 * One garment with one image. An absent text is `''`, as the collections store it: Chroma merges
 * metadata on upsert, so only an explicit value replaces an earlier one.
 */
export interface FashionItem {
  readonly itemId: string;
  readonly title: string;
  /** In `currency`; 0 where there is none, as for reference images. Never negative. */
  readonly price: number;
  /** ISO 4217, such as `EUR`. */
  readonly currency: string;
  readonly description: string;
  readonly brand: string;
  readonly size: string;
  readonly condition: string;
  readonly imageUrl: string;
  readonly url: string;
  readonly category: string;
  /** Who offers it, as the listing names them. */
  readonly sellerId: string;
  /** ISO 8601 in UTC. */
  readonly scrapedAt: string;
  readonly localImagePath: string;
}

/** What the stored vectors were made from: decides whether they are still current. */
export interface Provenance {
  readonly source: ItemSourceName;
  /** Absolute path of the image file; reference items are recognised by it. */
  readonly filePath: string;
  /** Bytes. */
  readonly fileSize: number;
  /** Milliseconds since the epoch; may have a fraction. */
  readonly fileMtimeMs: number;
  /** Lower-case hex SHA-256 of the image file. */
  readonly contentSha256: string;
}

/** An item as the store knows it, without its vectors. */
export interface StoredItem {
  readonly item: FashionItem;
  readonly provenance: Provenance;
}

/** An item with both of its vectors: the only thing that can be put in a store. */
export interface EmbeddedItem extends StoredItem {
  readonly embeddings: DualEmbedding;
}
