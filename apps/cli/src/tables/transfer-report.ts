import type { Logger } from '@fashionmatch/domain';
import type { ExportReport, ImportReport, TransferFailure } from '@fashionmatch/pipeline';

import { printable } from './printable.js';

/** An import as it ended. */
export interface FinishedImport {
  readonly files: readonly string[];
  readonly report: ImportReport;
  readonly seconds: number;
  readonly interrupted: boolean;
}

export function warnOfFailures(failures: readonly TransferFailure[], logger: Logger): void {
  for (const { itemId, row, code, reason } of failures) {
    const where = row === undefined ? '' : ` (row ${String(row)})`;
    logger.warn(`Failed ${itemId}${where}: ${reason}`, { item_id: itemId, row, code });
  }
}

/** The one document that `export --json` prints. */
export function exportDocument(files: readonly string[], { items, failures }: ExportReport, seconds: number): object {
  return {
    schema_version: 1,
    status: statusOf(failures, false),
    files,
    exported_items: items,
    failed_items: failures.length,
    duration_seconds: seconds,
    failures: failures.map(failureDocument),
  };
}

/** The one document that `import --json` prints. */
export function importDocument({ files, report, seconds, interrupted }: FinishedImport): object {
  const { newItems, replacedItems, comparedItems, encodedItems, failures } = report;
  return {
    schema_version: 1,
    status: statusOf(failures, interrupted),
    files,
    total_items: newItems + replacedItems + failures.length,
    new_items: newItems,
    replaced_items: replacedItems,
    failed_items: failures.length,
    compared_items: comparedItems,
    encoded_items: encodedItems,
    duration_seconds: seconds,
    failures: failures.map(failureDocument),
  };
}

export function importLine({ files, report, seconds, interrupted }: FinishedImport): string {
  const { newItems, replacedItems, comparedItems, encodedItems, failures } = report;
  const counts = `${String(newItems)} new, ${String(replacedItems)} replaced, ${String(failures.length)} failed`;
  const what = `${String(newItems + replacedItems)} items from ${printable(files.join(', '))} in ${seconds.toFixed(2)}s`;
  const compared =
    comparedItems > 0
      ? `Compared the vectors of ${String(comparedItems)} items with their images.`
      : 'None of the images is here: that the vectors are theirs was taken on trust.';
  const encoded =
    encodedItems > 0 ? `Made the missing vectors of ${String(encodedItems)} items of their images.\n` : '';
  return `${interrupted ? 'Interrupted: imported' : 'Imported'} ${what}: ${counts}.\n${compared}\n${encoded}`;
}

function statusOf(failures: readonly TransferFailure[], interrupted: boolean): string {
  if (interrupted) return 'interrupted';
  return failures.length > 0 ? 'completed_with_failures' : 'completed';
}

function failureDocument({ itemId, row, code, reason }: TransferFailure): object {
  return { item_id: itemId, ...(row !== undefined && { row }), code, reason };
}
