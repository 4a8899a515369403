import type { DuplicateGroup, DuplicateReport } from '@fashionmatch/pipeline';

/** The one document that `duplicates --json` prints. */
export function duplicatesDocument({ items, contents, groups, thresholds }: DuplicateReport): object {
  return {
    schema_version: 1,
    items,
    contents,
    thresholds: { clip: thresholds.clip, dino: thresholds.dino },
    groups: groups.map(groupDocument),
  };
}

function groupDocument({ kind, isRelist, lowest, items }: DuplicateGroup): object {
  return {
    kind,
    relist: isRelist,
    lowest_clip_score: lowest?.clip ?? null,
    lowest_dino_score: lowest?.dino ?? null,
    items: items.map(({ item, isExact }) => ({
      item_id: item.itemId,
      same_content: isExact,
      title: item.title,
      price: item.price,
      currency: item.currency,
      seller_id: item.sellerId,
      url: item.url,
      local_image_path: item.localImagePath,
    })),
  };
}
