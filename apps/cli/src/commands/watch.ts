import { stat } from 'node:fs/promises';

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
import { EmbeddingPipeline, type AppConfig } from '@fashionmatch/pipeline';

import type { WatchOptions } from '../command-options.js';
import { loadSourceConfig } from '../source-options.js';
import { EXIT, exitCodeOf } from '../terminal/exit-code.js';
import { failureLog } from '../terminal/failure-log.js';
import { fatalErrorOf } from '../terminal/fatal-error.js';
import { watchFolders } from '../watching/folder-watch.js';
import { jsonText } from '../documents/json-text.js';
import { resultDocument } from '../documents/result-document.js';
import { resultTable } from '../tables/result-table.js';
import { openSession, type Session } from '../terminal/session.js';
import { SettledEntries } from '../watching/settled-entries.js';
import { StopSignals } from '../terminal/stop-signals.js';
import type { Terminal } from '../terminal/terminal.js';
import { WatchTotals } from '../watching/watch-totals.js';

/** `fashionmatch watch`: embeds what appears in the folders, until it is told to end. */
export async function watch(options: WatchOptions, terminal: Terminal): Promise<number> {
  const session = openSession(options, terminal);
  const totals = new WatchTotals();
  const end = (error?: FashionMatchError): void => {
    session.progress.close();
    terminal.stdout.write(options.json ? `${jsonText(totals.document(error))}\n` : resultTable(totals.results));
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
}

async function watchUntil(
  signal: AbortSignal,
  options: WatchOptions,
  session: Session,
  totals: WatchTotals,
): Promise<void> {
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
    tell(run, options, session);
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
function tell({ results, failures }: RunRecord, options: WatchOptions, { terminal }: Session): void {
  const { processedItems, failedItems, durationSeconds } = sumStats(Object.values<PipelineStats>(results));
  if (processedItems + failedItems === 0) return;
  const status = failures.length > 0 ? 'completed_with_failures' : 'completed';
  const report = {
    status,
    results,
    failures,
    models: undefined,
    error: undefined,
  } as const;
  const counts = `${String(processedItems)} processed, ${String(failedItems)} failed in ${durationSeconds.toFixed(2)}s`;
  terminal.stdout.write(options.json ? `${jsonText(resultDocument(report))}\n` : `${counts}\n`);
}
