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

/** What is told of a group beside its items. */
export function groupHead({ kind, isRelist, lowest }: Pick<DuplicateGroup, 'isRelist' | 'kind' | 'lowest'>) {
  return {
    kind,
    relist: isRelist,
    lowest_clip_score: lowest?.clip ?? null,
    lowest_dino_score: lowest?.dino ?? null,
  };
}

/** Whether a group is of a kind: a relist can be of either. */
export function isOfKind(
  { kind, isRelist }: Pick<DuplicateGroup, 'isRelist' | 'kind'>,
  asked: 'exact' | 'near' | 'relist' | undefined,
): boolean {
  if (asked === undefined) return true;
  return asked === 'relist' ? isRelist : kind === asked;
}

function groupDocument(group: DuplicateGroup): object {
  return {
    ...groupHead(group),
    items: group.items.map(({ item, isExact }) => ({
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
