import { sumStats, type ItemSourceName, type PipelineStats } from '@fashionmatch/domain';

import { printable } from './printable.js';

const RULE = '='.repeat(80);
const LABEL_WIDTH = 18;
/** More ids than this are counted, not named: `--json` and `--failures-file` have them all. */
const FAILED_IDS_SHOWN = 2;

/** The summary that ends a run, for people. */
export function resultTable(results: Readonly<Partial<Record<ItemSourceName, PipelineStats>>>): string {
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
    RULE,
    '',
  ].join('\n');
}

function sourceLines(stats: PipelineStats): string[] {
  return [
    `${stats.source.toUpperCase()}:`,
    line('Total items', String(stats.totalItems)),
    line('Processed', String(stats.processedItems)),
    line('Skipped', String(stats.skippedItems)),
    line('Failed', String(stats.failedItems)),
    line('Duration', seconds(stats.durationSeconds)),
    ...(stats.failedIds.length > 0 ? [line('Failed IDs', failedIds(stats.failedIds))] : []),
  ];
}

function line(label: string, value: string): string {
  return `  ${`${label}:`.padEnd(LABEL_WIDTH)}${value}`;
}

function seconds(duration: number): string {
  return `${duration.toFixed(2)}s`;
}

function failedIds(ids: readonly string[]): string {
  const shown = ids.slice(0, FAILED_IDS_SHOWN).map(printable).join(', ');
  const more = ids.length - FAILED_IDS_SHOWN;
  return more > 0 ? `${shown}, ... and ${String(more)} more` : shown;
}
