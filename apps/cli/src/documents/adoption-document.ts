import { EMBEDDING_SPACES } from '@fashionmatch/domain';
import type { AdoptionReport } from '@fashionmatch/pipeline';

export interface FinishedAdoption {
  readonly dryRun: true | undefined;
  readonly seconds: number;
}

/** The one document that `adopt --json` prints. @param report undefined where there was nothing to take over. */
export function adoptionDocument(report: AdoptionReport | undefined, { dryRun, seconds }: FinishedAdoption): object {
  const frame = { schema_version: 1, dry_run: dryRun === true, duration_seconds: seconds };
  if (report === undefined) return { ...frame, status: 'nothing_to_adopt', adopted_items: 0, failed_items: 0 };
  const { adopted, withoutImage, failures, comparison, original } = report;
  const { items, spaces } = comparison;
  return {
    ...frame,
    status: failures.length > 0 ? 'completed_with_failures' : 'completed',
    adopted_items: adopted,
    items_without_image: withoutImage.length,
    ids_without_image: withoutImage,
    failed_items: failures.length,
    compared_items: items,
    cosines: Object.fromEntries(EMBEDDING_SPACES.map((space) => [space, { ...spaces[space] }])),
    original: original ?? null,
    failures: failures.map(({ itemId, reason }) => ({ item_id: itemId, reason })),
  };
}
