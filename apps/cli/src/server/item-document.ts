import type { FashionItem, StoredItem } from '@fashionmatch/domain';
import type { SearchResult } from '@fashionmatch/pipeline';

import { hitScores } from '../documents/hit-scores.js';
import { webAddress } from '../pages/html.js';

/** Of a hash, so much tells one picture from another: 64 bits. */
const VERSION_LENGTH = 16;

/** Which picture an item has: another one for every other content. `''` where that is not known. */
export const pictureVersion = (contentSha256: string): string => contentSha256.slice(0, VERSION_LENGTH);

/** An item as the API shows it. Where its files lie on this machine is nobody's business. */
function itemDocument(item: FashionItem, contentSha256: string): object {
  const { itemId, title, price, currency, brand, size, condition, category, url } = item;
  const version = pictureVersion(contentSha256);
  const picture = `/api/items/${encodeURIComponent(itemId.toWellFormed())}/thumbnail`;
  return {
    ...{ item_id: itemId, title, price, currency, brand, size, condition, category },
    url: webAddress(url) ?? null,
    picture: version === '' ? picture : `${picture}?v=${encodeURIComponent(version)}`,
  };
}

/** An item with all that is known of it. */
export function storedItemDocument({ item, provenance: { source, fileSize, contentSha256 } }: StoredItem): object {
  return {
    ...itemDocument(item, contentSha256),
    description: item.description,
    seller_id: item.sellerId,
    scraped_at: item.scrapedAt,
    source,
    image: { bytes: fileSize },
  };
}

/** One hit, ranked from 1. */
export function hitDocument(hit: SearchResult, index: number): object {
  return {
    rank: index + 1,
    ...hitScores(hit),
    ...(hit.copies && { copies: hit.copies.length }),
    ...itemDocument(hit.item, hit.contentSha256),
  };
}
