import { ITEM_SOURCES, LeftOutTally, leftOutText, type ItemSourceName } from '@fashionmatch/domain';
import { lastRunRate, openDryRun, type AppConfig, type PlannedItem } from '@fashionmatch/pipeline';

import { overridesOf, pruneOf, type EmbedOptions } from '../command-options.js';
import { EXIT } from '../terminal/exit-code.js';
import { jsonText } from '../documents/json-text.js';
import { requireNamedSource } from '../named-source.js';
import { loadSourceConfig } from '../source-options.js';
import { printable } from '../tables/printable.js';
import { reporting } from '../terminal/reporting.js';
import { openSession, type Session } from '../terminal/session.js';
import type { Terminal } from '../terminal/terminal.js';

type LeftOutTallies = Readonly<Record<ItemSourceName, LeftOutTally>>;

interface Tally {
  items: number;
  bytes: number;
}

/** `fashionmatch embed --dry-run`: what a run would do, item by item with `--json`; touches nothing. */
export async function dryRun(options: EmbedOptions, terminal: Terminal): Promise<number> {
  const session = openSession({ ...options, logLevel: options.logLevel ?? 'warn' }, terminal);
  const tallies = new Map<string, Tally>();
  const leftOut = { references: new LeftOutTally(), scraped: new LeftOutTally() };
  const items: object[] = [];
  return reporting(session, async () => {
    const config = await loadSourceConfig(options, overridesOf(options));
    await requireNamedSource(options, config);
    const rate = await lastRunRate(config);
    for await (const item of plannedItems(options, config, session, leftOut)) {
      count(tallies, item);
      if (options.json) items.push(itemDocument(item));
    }
    const documented = { ...document(tallies, items, rate), left_out: leftOutDocument(leftOut) };
    terminal.stdout.write(options.json ? `${jsonText(documented)}\n` : table(tallies, leftOut, rate));
    return EXIT.done;
  });
}

async function* plannedItems(
  options: EmbedOptions,
  config: AppConfig,
  { logger }: Session,
  leftOut: LeftOutTallies,
): AsyncGenerator<PlannedItem> {
  await using opened = await openDryRun({ config, logger });
  const { mode, referencesDir: referenceDir, scrapedDir, rehash } = options;
  const how = { prune: pruneOf(options), rehash };
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
