import { stat } from 'node:fs/promises';

import { Option, type Command } from '@commander-js/extra-typings';
import {
  FAILURES_KEPT,
  FashionMatchError,
  sumStats,
  type ItemFailure,
  type ItemSourceName,
  type PipelineStats,
  type ProgressEvent,
  type ProgressReporter,
} from '@fashionmatch/domain';
import type { AppConfig, EmbeddingPipeline } from '@fashionmatch/pipeline';

import type { OptionsOf } from '../declaration/common-options.js';
import { defineCommand } from '../declaration/define-command.js';
import { wholeNumber } from '../declaration/option-values.js';
import { withModeOptions, withSourceOptions } from '../declaration/source-options.js';
import { resultDocument } from '../documents/result-document.js';
import { resultTable } from '../tables/result-table.js';
import { EXIT, exitCodeOf } from '../terminal/exit-code.js';
import { failureLog } from '../terminal/failure-log.js';
import { fatalErrorOf } from '../terminal/fatal-error.js';
import type { Session } from '../terminal/session.js';
import { StopSignals } from '../terminal/stop-signals.js';
import { SettledEntries } from '../watching/settled-entries.js';
import { WatchTotals } from '../watching/watch-totals.js';

/** `fashionmatch watch`: embeds what appears in the folders, until it is told to end. */
export const watch = defineCommand({
  name: 'watch',
  description: 'embed what appears in the folders, until it is interrupted',
  examples: ['fashionmatch watch', 'fashionmatch watch --mode references --references-dir photos --json'],
  declare,
  action: async (options, session) => {
    const totals = new WatchTotals();
    const end = (error?: FashionMatchError): void => {
      session.progress.close();
      session.print(
        () => totals.document(error),
        () => resultTable(totals.results),
      );
    };
    using stop = new StopSignals(() => {
      end();
    });
    try {
      await watchUntil(stop.signal, options, session, totals);
    } catch (thrown) {
      const error = fatalErrorOf(thrown);
      end(error);
      session.fail(error);
      return stop.exitCode ?? exitCodeOf(error.code);
    }
    end();
    return stop.exitCode ?? EXIT.done;
  },
});

type WatchOptions = OptionsOf<typeof declare>;

function declare(command: Command) {
  const watching = withModeOptions(command)
    .addOption(
      new Option('--quiet-for <s>', 'seconds without a change before a run')
        .argParser(wholeNumber(1, 3_600))
        .default(2),
    )
    .addOption(
      new Option('--at-most <s>', 'seconds after a change when a run begins anyway')
        .argParser(wholeNumber(1, 86_400))
        .default(60),
    );
  return withSourceOptions(watching);
}

async function watchUntil(
  signal: AbortSignal,
  options: WatchOptions,
  session: Session,
  totals: WatchTotals,
): Promise<void> {
  const { EmbeddingPipeline, passedOverNames } = await import('@fashionmatch/pipeline');
  const { loadSourceConfig } = await import('../planning/source-config.js');
  const { watchFolders } = await import('../watching/folder-watch.js');
  const config = await loadSourceConfig(options);
  const folders = foldersOf(options, config);
  if ((await present(folders)).length === 0) {
    throw new FashionMatchError(
      'USAGE_INVALID',
      `There is nothing to watch: ${Object.values(folders).join(' and ')} do not exist.`,
    );
  }
  const entries = new SettledEntries(options.quietFor * 1_000);
  const run = new RunRecord(session, entries);
  await using pipeline = await EmbeddingPipeline.create({ config, logger: session.logger, progress: run, signal });
  await using changes = watchFolders(Object.values(folders), {
    quietMs: options.quietFor * 1_000,
    atMostMs: options.atMost * 1_000,
    isIgnored: await passedOverNames(Object.values(folders), config),
    signal,
  });
  session.logger.info(`Watching ${Object.values(folders).join(' and ')}`);
  // What is there already comes first.
  do {
    run.begin();
    for (const source of await present(folders)) {
      await process(pipeline, source, folders[source] ?? '', { only: entries.isReady, signal, session });
    }
    totals.add(run.results);
    tell(run, session);
    if (entries.takeLeftOut()) changes.remind();
  } while (await changes.nextTime());
}

type Folders = Readonly<Partial<Record<ItemSourceName, string>>>;

function foldersOf({ mode, referencesDir, scrapedDir }: WatchOptions, { scraper }: AppConfig): Folders {
  const references = referencesDir ?? scraper.referencesDir;
  const scraped = scrapedDir ?? scraper.outputDir;
  return { ...(mode !== 'scraped' && { references }), ...(mode !== 'references' && { scraped }) };
}

async function present(folders: Folders): Promise<ItemSourceName[]> {
  const found: ItemSourceName[] = [];
  for (const source of ['references', 'scraped'] as const) {
    const folder = folders[source];
    if (folder !== undefined && (await stat(folder).catch(() => undefined))?.isDirectory()) found.push(source);
  }
  return found;
}

interface ProcessHow {
  readonly only: SettledEntries['isReady'];
  readonly signal: AbortSignal;
  readonly session: Session;
}

/** A folder that cannot be read now may be back for the next change. */
async function process(
  pipeline: EmbeddingPipeline,
  source: ItemSourceName,
  folder: string,
  { session, ...how }: ProcessHow,
): Promise<void> {
  try {
    if (source === 'references') await pipeline.processReferences({ referenceDir: folder, ...how });
    else await pipeline.processScrapedBatches({ scrapedDir: folder, ...how });
  } catch (error) {
    if (!(error instanceof FashionMatchError) || error.code !== 'SOURCE_UNREADABLE') throw error;
    session.logger.error(error.message);
  }
}

/** What one run does, as it happens. */
class RunRecord {
  results: Partial<Record<ItemSourceName, PipelineStats>> = {};
  failures: ItemFailure[] = [];
  readonly #session: Session;
  readonly #log: ProgressReporter;
  readonly #entries: SettledEntries;

  constructor(session: Session, entries: SettledEntries) {
    this.#session = session;
    this.#log = failureLog(session.logger);
    this.#entries = entries;
  }

  begin(): void {
    this.results = {};
    this.failures = [];
  }

  report(event: ProgressEvent): void {
    this.#session.progress.report(event);
    this.#log.report(event);
    if (event.type === 'source-finished') this.results[event.source] = event.stats;
    if (event.type !== 'item-failed') return;
    if (this.failures.length < FAILURES_KEPT) this.failures.push(event.failure);
    this.#entries.noteFailure(event.failure);
  }
}

/** One line for a run that did anything. */
function tell({ results, failures }: RunRecord, { print }: Session): void {
  const { processedItems, failedItems, durationSeconds } = sumStats(Object.values<PipelineStats>(results));
  if (processedItems + failedItems === 0) return;
  const status = failures.length > 0 ? 'completed_with_failures' : 'completed';
  const counts = `${String(processedItems)} processed, ${String(failedItems)} failed in ${durationSeconds.toFixed(2)}s`;
  print(
    () => resultDocument({ status, results, failures, models: undefined, error: undefined }),
    () => `${counts}\n`,
  );
}
