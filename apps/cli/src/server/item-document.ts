import type { FashionItem, StoredItem } from '@fashionmatch/domain';
import type { SearchResult } from '@fashionmatch/pipeline';

import { hitScores } from '../documents/hit-scores.js';
import { webAddress } from '../pages/html.js';

/**
 * Which picture an item has: another one for every other content, by 64 bits of its hash. Undefined where that is not
 * known; what another program wrote may have any text in its place.
 */
export const pictureVersion = ({ contentSha256 }: { readonly contentSha256: string }): string | undefined =>
  /^[\da-f]{16}(?=[\da-f]{48}$)/.exec(contentSha256)?.[0];

/** An item as the API shows it. Where its files lie on this machine is nobody's business. */
function itemDocument(item: FashionItem, content: Parameters<typeof pictureVersion>[0]): object {
  const { itemId, title, price, currency, brand, size, condition, category, url } = item;
  const version = pictureVersion(content);
  const picture = `/api/items/${encodeURIComponent(itemId.toWellFormed())}/thumbnail`;
  return {
    ...{ item_id: itemId, title, price, currency, brand, size, condition, category },
    url: webAddress(url) ?? null,
    picture: version === undefined ? picture : `${picture}?v=${version}`,
  };
}

/** An item with all that is known of it. */
export function storedItemDocument({ item, provenance }: StoredItem): object {
  return {
    ...itemDocument(item, provenance),
    description: item.description,
    seller_id: item.sellerId,
    scraped_at: item.scrapedAt,
    source: provenance.source,
    image: { bytes: provenance.fileSize },
  };
}

/** One hit, ranked from 1. */
export function hitDocument(hit: SearchResult, index: number): object {
  return {
    rank: index + 1,
    ...hitScores(hit),
    ...(hit.copies && { copies: hit.copies.length }),
    ...itemDocument(hit.item, hit),
  };
}
