import { EMBEDDING_SPACES } from '@fashionmatch/domain';
import type { AdoptionReport } from '@fashionmatch/pipeline';

import type { FinishedAdoption } from '../documents/adoption-document.js';
import { printable } from './printable.js';

/** What came of an adoption, for people. @param report undefined where there was nothing to take over. */
export function adoptionReport(report: AdoptionReport | undefined, { dryRun, seconds }: FinishedAdoption): string {
  if (report === undefined) return 'Nothing to take over: the store says whose vectors it has.\n';
  const { adopted, withoutImage, failures, comparison, original } = report;
  const { items, spaces } = comparison;
  const cosines = EMBEDDING_SPACES.map(
    (space) => `${space} at least ${spaces[space].min.toFixed(4)}, median ${spaces[space].median.toFixed(4)}`,
  );
  const [first] = withoutImage;
  return [
    `${String(items)} images were encoded and compared. Cosines: ${cosines.join('; ')}.`,
    `${dryRun ? 'Would take over' : 'Took over'} ${String(adopted)} items in ${seconds.toFixed(2)}s, ${String(failures.length)} failed.`,
    ...(first === undefined
      ? []
      : [
          `Of ${String(withoutImage.length)} no image was found (the first: ${printable(first)}): they are kept as they are.`,
        ]),
    ...(original === undefined ? [] : [`The original is as it was, in ${printable(original)}.`]),
    '',
  ].join('\n');
}
