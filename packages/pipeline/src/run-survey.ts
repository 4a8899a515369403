import type { ItemSourceName, Logger, PipelineStats, SourceEntry } from '@fashionmatch/domain';

import type { Planner } from './plan.js';

/**
 * How many entries there are, and how many of them need anything done: both honest before anything is opened.
 *
 * @param signal Ends it early.
 */
export async function surveyOf(
  entries: AsyncIterable<SourceEntry>,
  planner: Planner,
  signal: AbortSignal | undefined,
): Promise<{ readonly total: number; readonly work: number }> {
  let total = 0;
  let work = 0;
  for await (const entry of entries) {
    if (signal?.aborted) break;
    total++;
    if (planner.screen(entry).kind !== 'skip') work++;
  }
  return { total, work };
}

export function logSurvey(
  logger: Logger,
  source: ItemSourceName,
  { total, work }: { readonly total: number; readonly work: number },
  stored: number,
): void {
  logger.info(`Found ${String(total)} ${source === 'references' ? 'image files' : 'scraped items'}`);
  logger.info(`Found ${String(stored)} existing items in vector store`);
  logger.info(`Processing ${String(work)} new items, skipping ${String(total - work)} existing`);
}

export function logCompletion(logger: Logger, stats: PipelineStats): void {
  const { source, processedItems, skippedItems, failedItems, durationSeconds } = stats;
  const label = source === 'references' ? 'Reference' : 'Scraped batch';
  logger.info(
    `${label} processing complete: ${String(processedItems)} processed, ${String(skippedItems)} skipped, ` +
      `${String(failedItems)} failed in ${durationSeconds.toFixed(2)}s`,
    {
      source,
      processed: processedItems,
      skipped: skippedItems,
      failed: failedItems,
      duration_seconds: durationSeconds,
    },
  );
}
