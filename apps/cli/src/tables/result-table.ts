import { leftOutText, sumStats, type ItemSourceName, type PipelineStats } from '@fashionmatch/domain';

import { printable } from './printable.js';

const RULE = '='.repeat(80);
const LABEL_WIDTH = 18;
/** More ids than this are counted, not named: `--json` and `--failures-file` name them. */
const IDS_SHOWN = 2;

/**
 * The summary that ends a run, for people.
 *
 * @param note What else there is to say, in one sentence.
 */
export function resultTable(results: Readonly<Partial<Record<ItemSourceName, PipelineStats>>>, note?: string): string {
  const sections = Object.values(results);
  const total = sumStats(sections);
  return [
    RULE,
    'EMBEDDING PIPELINE RESULTS',
    RULE,
    '',
    ...sections.flatMap((stats) => [...sourceLines(stats), '']),
    'TOTAL:',
    line('Processed', String(total.processedItems)),
    line('Failed', String(total.failedItems)),
    line('Total Duration', seconds(total.durationSeconds)),
    ...(note === undefined ? [] : ['', note]),
    RULE,
    '',
  ].join('\n');
}

function sourceLines(stats: PipelineStats): string[] {
  const { failedIds, remainingItems, removedIds, fromJournal, leftOut } = stats;
  return [
    `${stats.source.toUpperCase()}:`,
    line('Total items', String(stats.totalItems)),
    line('Processed', String(stats.processedItems)),
    ...(fromJournal.items > 0 ? [line('From journal', String(fromJournal.items))] : []),
    line('Skipped', String(stats.skippedItems)),
    line('Failed', String(stats.failedItems)),
    ...(remainingItems === 0
      ? []
      : [line('Remaining', remainingItems === undefined ? 'not counted' : String(remainingItems))]),
    ...(leftOut.length > 0 ? [line('Left out', printable(leftOutText(leftOut)))] : []),
    ...(removedIds ? [line('Removed', String(removedIds.length))] : []),
    line('Duration', seconds(stats.durationSeconds)),
    ...(failedIds.length > 0 ? [line('Failed IDs', someOf(failedIds, stats.failedItems))] : []),
    ...(removedIds && removedIds.length > 0 ? [line('Removed IDs', someOf(removedIds, removedIds.length))] : []),
  ];
}

function line(label: string, value: string): string {
  return `  ${`${label}:`.padEnd(LABEL_WIDTH)}${value}`;
}

function seconds(duration: number): string {
  return `${duration.toFixed(2)}s`;
}

function someOf(ids: readonly string[], count: number): string {
  const shown = ids.slice(0, IDS_SHOWN).map(printable).join(', ');
  const more = count - IDS_SHOWN;
  return more > 0 ? `${shown}, ... and ${String(more)} more` : shown;
}
