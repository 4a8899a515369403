import type { FashionItem } from './fashion-item.js';

/** One listing of a scraped batch, as the scraper wrote it. */
export interface VintedItem {
  readonly itemId: string;
  readonly title: string;
  /** Never negative. */
  readonly price: number;
  readonly currency: string;
  readonly description?: string | undefined;
  readonly brand?: string | undefined;
  readonly size?: string | undefined;
  readonly condition?: string | undefined;
  /** At least one. */
  readonly imageUrls: readonly string[];
  readonly url: string;
  readonly sellerId?: string | undefined;
  readonly category?: string | undefined;
  /** ISO 8601 in UTC. */
  readonly scrapedAt: string;
  /** As written in the batch; the first is the primary image. */
  readonly localImagePaths: readonly string[];
}

/** A scraper's run over one category. */
export interface ScrapedBatch {
  readonly batchId: string;
  readonly category: string;
  readonly totalItems: number;
  readonly pagesScraped: number;
  /** ISO 8601 in UTC. */
  readonly scrapedAt: string;
  readonly items: readonly VintedItem[];
}

/** The stored form of a listing: the first image stands for it, absent texts become `''`. */
export function vintedItemToFashionItem(listing: VintedItem): FashionItem {
  return {
    itemId: listing.itemId,
    title: listing.title,
    price: listing.price,
    currency: listing.currency,
    description: listing.description ?? '',
    brand: listing.brand ?? '',
    size: listing.size ?? '',
    condition: listing.condition ?? '',
    imageUrl: listing.imageUrls[0] ?? '',
    url: listing.url,
    category: listing.category ?? '',
    sellerId: listing.sellerId ?? '',
    scrapedAt: listing.scrapedAt,
    localImagePath: listing.localImagePaths[0] ?? '',
  };
}
