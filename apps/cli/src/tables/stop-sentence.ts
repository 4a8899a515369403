import { sumStats } from '@fashionmatch/domain';

import { stoppedBy, type RunReport } from '../documents/result-document.js';

/** What a user has to know of a run that ended early: what is left, and that it is not lost. */
export function stopSentence(report: Pick<RunReport, 'status' | 'results'>): string | undefined {
  const why = stoppedBy(report);
  if (why === undefined || why === 'error') return undefined;
  const { remainingItems } = sumStats(Object.values(report.results));
  const stopped = why === 'signal' ? 'Interrupted' : 'Stopped at the limit';
  if (remainingItems === 0) return `${stopped} when everything was done: nothing remains.`;
  const left = remainingItems === undefined ? 'not everything was counted' : `${String(remainingItems)} items remain`;
  return `${stopped}: ${left}. Run the same command again to go on from here.`;
}
