// What is settled before a run: which sources it is about, how they are read, and what it would do.

import { ITEM_SOURCES, LeftOutTally, leftOutText, type ItemSourceName } from '@fashionmatch/domain';
import { lastRunRate, openDryRun, type AppConfig, type PlannedItem } from '@fashionmatch/pipeline';

import type { ModeOptions } from '../declaration/source-options.js';
import { printable } from '../tables/printable.js';
import type { Session } from '../terminal/session.js';

type LeftOutTallies = Readonly<Record<ItemSourceName, LeftOutTally>>;

interface Tally {
  items: number;
  bytes: number;
}

/** A run that is only thought of. */
export interface PlannedRun extends ModeOptions {
  readonly config: AppConfig;
  readonly prune: 'some' | 'most' | undefined;
  readonly rehash?: boolean;
  /** Whether every item is told of. */
  readonly json?: boolean;
}

/** `fashionmatch embed --dry-run`: what a run would do, item by item with `--json`; touches nothing. */
export async function tellPlan(run: PlannedRun, session: Session): Promise<void> {
  const tallies = new Map<string, Tally>();
  const leftOut = { references: new LeftOutTally(), scraped: new LeftOutTally() };
  const items: object[] = [];
  const rate = await lastRunRate(run.config);
  for await (const item of plannedItems(run, session, leftOut)) {
    count(tallies, item);
    if (run.json) items.push(itemDocument(item));
  }
  session.print(
    () => ({ ...document(tallies, items, rate), left_out: leftOutDocument(leftOut) }),
    () => table(tallies, leftOut, rate),
  );
}

async function* plannedItems(
  { config, mode, referencesDir: referenceDir, scrapedDir, prune, rehash }: PlannedRun,
  { logger }: Session,
  leftOut: LeftOutTallies,
): AsyncGenerator<PlannedItem> {
  await using opened = await openDryRun({ config, logger });
  const how = { prune, rehash };
  if (mode !== 'scraped') yield* opened.references({ referenceDir, ...how, onLeftOut: leftOut.references.add });
  if (mode !== 'references') yield* opened.scraped({ scrapedDir, ...how, onLeftOut: leftOut.scraped.add });
}

function count(tallies: Map<string, Tally>, { source, action, reason, bytes }: PlannedItem): void {
  const key = `${source} ${action} ${reason}`;
  const tally = tallies.get(key) ?? { items: 0, bytes: 0 };
  tally.items++;
  tally.bytes += bytes;
  tallies.set(key, tally);
}

function itemDocument({ itemId, source, action, reason, path, bytes }: PlannedItem): object {
  return { item_id: itemId, source, action, reason, path, size_bytes: bytes };
}

function document(tallies: ReadonlyMap<string, Tally>, items: readonly object[], rate: number | undefined): object {
  const plan = [...tallies].map(([key, { items: count, bytes }]) => {
    const [source, action, reason] = key.split(' ');
    return { source, action, reason, items: count, size_bytes: bytes };
  });
  const seconds = estimatedSeconds(tallies, rate);
  return { schema_version: 1, dry_run: true, plan, estimated_seconds: seconds ?? null, items };
}

/** What each action means to the person who reads the table. */
const MEANINGS: Readonly<Record<string, string>> = {
  skip: 'leave as it is',
  fail: 'report as failed',
  download: 'fetch the image, then encode it',
  refresh: 'write metadata, keep vectors',
  copy: 'take over the vectors of the same image',
  restore: 'take the vectors from the journal',
  encode: 'encode',
  vanish: 'leave, though its source is gone; --prune removes it',
  remove: 'remove from the store',
};

/** Undefined when no run has shown yet how fast this machine is. */
function estimatedSeconds(tallies: ReadonlyMap<string, Tally>, rate: number | undefined): number | undefined {
  const toEncode = [...tallies].filter(([key]) => / (encode|download) /.test(key));
  return rate === undefined ? undefined : toEncode.reduce((sum, [, { items }]) => sum + items, 0) / rate;
}

function leftOutDocument(leftOut: LeftOutTallies): object[] {
  return ITEM_SOURCES.flatMap((source) => leftOut[source].counts.map((count) => ({ source, ...count })));
}

function table(tallies: ReadonlyMap<string, Tally>, leftOut: LeftOutTallies, rate: number | undefined): string {
  const passedOver = ITEM_SOURCES.filter((source) => leftOut[source].counts.length > 0).map(
    (source) => `Left out of ${source}: ${printable(leftOutText(leftOut[source].counts))}.`,
  );
  if (tallies.size === 0) return [...passedOver, 'Nothing is listed, and nothing would be done.', ''].join('\n');
  const lines = [...tallies].map(([key, { items, bytes }]) => {
    const [source = '', action = '', reason = ''] = key.split(' ');
    const what = `${MEANINGS[action] ?? action} (${reason.toLowerCase().replaceAll('_', ' ')})`;
    return `  ${source.padEnd(11)}${String(items).padStart(8)}${megabytes(bytes).padStart(12)}  ${what}`;
  });
  const seconds = estimatedSeconds(tallies, rate);
  const time =
    seconds === undefined ? 'no run yet to estimate it from' : `about ${seconds.toFixed(0)} s, as fast as the last run`;
  return [
    'What a run would do:',
    ...lines,
    ...passedOver,
    `Time for encoding: ${time}.`,
    'Nothing was touched.',
    '',
  ].join('\n');
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
