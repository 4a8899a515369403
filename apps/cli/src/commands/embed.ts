import {
  FashionMatchError,
  type ItemSourceName,
  type PipelineStats,
  type ProgressEvent,
  type SourceEntry,
} from '@fashionmatch/domain';
import { EmbeddingPipeline, recordLastRun, type AppConfig } from '@fashionmatch/pipeline';

import { overridesOf, pruneOf, type EmbedOptions } from '../command-options.js';
import { confirm } from '../terminal/confirm.js';
import { EXIT, exitCodeOf } from '../terminal/exit-code.js';
import { failureLog } from '../terminal/failure-log.js';
import { fatalErrorOf } from '../terminal/fatal-error.js';
import { jsonText } from '../documents/json-text.js';
import { minuteLog } from '../terminal/minute-log.js';
import { requireNamedSource } from '../named-source.js';
import { loadSourceConfig } from '../source-options.js';
import { OutputFile } from '../documents/output-file.js';
import { profileTable } from '../tables/profile-report.js';
import { ReportFile } from '../pages/report-file.js';
import { resultDocument, type RunReport, type RunStatus } from '../documents/result-document.js';
import { resultTable } from '../tables/result-table.js';
import { RunFailures } from '../documents/run-failures.js';
import { openSession, type Session } from '../terminal/session.js';
import { stopSentence } from '../tables/stop-sentence.js';
import { StopSignals } from '../terminal/stop-signals.js';
import type { Terminal } from '../terminal/terminal.js';
import { dryRun } from './dry-run.js';

/** Which entries of the sources a run is about. */
export type EntryFilter = (entry: SourceEntry) => boolean;

/** `fashionmatch embed`: runs the pipeline, tells what it did, and gives the exit code. */
export async function embed(options: EmbedOptions, terminal: Terminal, only?: EntryFilter): Promise<number> {
  if (options.dryRun) return dryRun(options, terminal);
  const session = openSession(options, terminal);
  using failures = new RunFailures({ asLines: options.failuresFile !== undefined });
  const soFar: RunSoFar = { results: {}, failures };
  using stop = new StopSignals(() => {
    const { results } = soFar;
    const status = 'interrupted';
    tell({ status, results, failures: failures.kept, models: undefined, error: undefined }, options, session);
  });
  const report = await run(options, session, soFar, { signal: stop.signal, only });
  tell(report, options, session);
  return stop.exitCode ?? exitCode(report);
}

function tell(report: RunReport, options: EmbedOptions, { terminal, progress, fail }: Session): void {
  progress.close();
  if (options.json) terminal.stdout.write(`${jsonText(resultDocument(report))}\n`);
  else if (Object.keys(report.results).length > 0) {
    terminal.stdout.write(resultTable(report.results, stopSentence(report)));
  }
  if (report.profile && !options.json) terminal.stdout.write(`\n${profileTable(report.profile)}`);
  if (report.error) fail(report.error);
}

/** What is known of a run that still goes on. */
interface RunSoFar {
  readonly results: Partial<Record<ItemSourceName, PipelineStats>>;
  readonly failures: RunFailures;
}

async function run(
  options: EmbedOptions,
  session: Session,
  { results, failures }: RunSoFar,
  { signal, only }: { readonly signal: AbortSignal; readonly only: EntryFilter | undefined },
): Promise<RunReport> {
  const logs = [minuteLog(session.logger), failureLog(session.logger)];
  const progress = {
    report: (event: ProgressEvent): void => {
      session.progress.report(event);
      for (const log of logs) log.report(event);
      reportFile?.report(event);
      if (event.type === 'source-finished') results[event.source] = event.stats;
      if (event.type === 'item-failed') failures.add(event.failure);
    },
  };
  let pipeline: EmbeddingPipeline | undefined;
  let error: FashionMatchError | undefined;
  let failuresFile: OutputFile | undefined;
  let reportFile: ReportFile | undefined;
  let hasBegun = false;
  try {
    const config = await loadSourceConfig(options, overridesOf(options));
    await requireNamedSource(options, config);
    if (options.failuresFile !== undefined) failuresFile = await OutputFile.open(options.failuresFile, 'failures file');
    if (options.report !== undefined) reportFile = await ReportFile.open(options.report, config);
    await confirmForce(options, config, session.terminal);
    pipeline = await EmbeddingPipeline.create({
      config,
      logger: session.logger,
      progress,
      replaceOther: options.force,
      signal,
    });
    // What the journal forgets is encoded again: it is kept until the models are known to run.
    if (options.purgeJournal) await pipeline.scorer.encoders();
    if (options.force) await pipeline.vectorStore.clear();
    if (options.purgeJournal) await pipeline.purgeJournal();
    hasBegun = true;
    await processSources(pipeline, options, { signal, only });
    await recordLastRun(config, Object.values(results));
  } catch (thrown) {
    error = fatalErrorOf(thrown);
  }
  const models = pipeline?.scorer.describe();
  const profile = options.profile ? pipeline?.profile : undefined;
  await pipeline?.[Symbol.asyncDispose]();
  const status = statusOf(error, signal, failures.count);
  const report = { status, results, failures: failures.kept, models, profile, error };
  // Of a run that did not begin there is nothing to tell; and a retry that was cut short has not tried all of its list.
  if (!hasBegun) return report;
  const keepsList = only !== undefined && (status === 'failed' || status === 'interrupted');
  if (keepsList && failuresFile) session.logger.warn('The failures file stays as it was: the retry was cut short');
  const writeFiles = async (): Promise<void> => {
    if (!keepsList) await failuresFile?.write(failures.lines());
    if (pipeline) await reportFile?.write(report, pipeline.profile);
  };
  return writing(writeFiles, report);
}

/** What could not be written ends a run as if it had failed, unless something else had. */
async function writing(writeFiles: () => Promise<void>, report: RunReport): Promise<RunReport> {
  try {
    await writeFiles();
    return report;
  } catch (thrown) {
    return { ...report, status: 'failed', error: report.error ?? fatalErrorOf(thrown) };
  }
}

async function processSources(
  pipeline: EmbeddingPipeline,
  options: EmbedOptions,
  { signal, only }: { signal: AbortSignal; only: EntryFilter | undefined },
): Promise<void> {
  const { mode, referencesDir: referenceDir, scrapedDir, batchSize, limit, maxFailures, rehash } = options;
  const shared = { batchSize, limit, maxFailures, prune: pruneOf(options), rehash, only, signal } as const;
  if (mode === 'references') await pipeline.processReferences({ referenceDir, ...shared });
  else if (mode === 'scraped') await pipeline.processScrapedBatches({ scrapedDir, ...shared });
  else await pipeline.processAll({ referenceDir, scrapedDir, ...shared });
}

async function confirmForce(options: EmbedOptions, { database }: AppConfig, terminal: Terminal): Promise<void> {
  const { force, purgeJournal } = options;
  if (purgeJournal && !force) {
    throw new FashionMatchError('USAGE_INVALID', '--purge-journal forgets what the store is made of: add --force.');
  }
  if (!force) return;
  const from = purgeJournal ? 'the store and its journal, so that all images are encoded again' : 'the store';
  await confirm(`This removes every item of ${database.collectionName} from ${from}.`, options, terminal);
}

function statusOf(error: FashionMatchError | undefined, signal: AbortSignal, failed: number): RunStatus {
  if (signal.aborted) return 'interrupted';
  if (error) return 'failed';
  return failed > 0 ? 'completed_with_failures' : 'completed';
}

function exitCode({ error, failures }: RunReport): number {
  if (error) return exitCodeOf(error.code);
  return failures.length > 0 ? EXIT.someFailed : EXIT.done;
}
