import {
  leftOutText,
  type ItemSourceName,
  type Logger,
  type PipelineStats,
  type SourceEntry,
} from '@fashionmatch/domain';

import type { Planner } from './plan.js';

/** How many entries there are, and how many of them need anything done: both honest before anything is opened. */
export interface Survey {
  readonly total: number;
  readonly work: number;
}

/**
 * Goes through a listing to count it.
 *
 * @param signal Ends it early.
 */
export async function surveyOf(
  entries: AsyncIterable<SourceEntry>,
  planner: Planner,
  signal: AbortSignal | undefined,
): Promise<Survey> {
  let total = 0;
  let work = 0;
  for await (const entry of entries) {
    if (signal?.aborted) break;
    total++;
    if (planner.screen(entry).kind !== 'skip') work++;
  }
  return { total, work };
}

export function logSurvey(logger: Logger, source: ItemSourceName, { total, work }: Survey, stored: number): void {
  logger.info(`Found ${String(total)} ${source === 'references' ? 'image files' : 'scraped items'}`);
  logger.info(`Found ${String(stored)} existing items in vector store`);
  logger.info(`Processing ${String(work)} new items, skipping ${String(total - work)} existing`);
}

export function logLeftOut(logger: Logger, { source, leftOut }: PipelineStats): void {
  if (leftOut.length === 0) return;
  const [first] = leftOut;
  logger.info(`Left out of ${source}: ${leftOutText(leftOut)}`, { source, left_out: leftOut, example: first?.example });
}

/** Says that vectors were not made anew, to whoever cleared a store to have that. */
export function logFromJournal(logger: Logger, { fromJournal: { items, imported } }: PipelineStats): void {
  if (items === 0) return;
  const ofThem = imported === 0 ? '' : `, ${String(imported)} of which were imported`;
  logger.info(
    `Took the vectors of ${String(items)} images from the journal${ofThem}: ` +
      '`fashionmatch embed --force --purge-journal` encodes them again',
    { items, imported },
  );
}

export function logCompletion(logger: Logger, stats: PipelineStats): void {
  const { source, processedItems, skippedItems, failedItems, remainingItems, durationSeconds } = stats;
  const label = source === 'references' ? 'Reference' : 'Scraped batch';
  logger.info(
    `${label} processing ${remainingItems === 0 ? 'complete' : 'stopped'}: ${String(processedItems)} processed, ${String(skippedItems)} skipped, ` +
      `${String(failedItems)} failed in ${durationSeconds.toFixed(2)}s`,
    {
      source,
      processed: processedItems,
      skipped: skippedItems,
      failed: failedItems,
      duration_seconds: durationSeconds,
    },
  );
  if (remainingItems === 0) return;
  const left =
    remainingItems === undefined
      ? 'An unknown number of items remains'
      : `Items that remain: ${String(remainingItems)}`;
  logger.warn(`${left}; run again to go on from here`, { source, remaining: remainingItems ?? null });
}
