import { Option, type Command } from '@commander-js/extra-typings';
import {
  FashionMatchError,
  type ItemSourceName,
  type PipelineStats,
  type ProgressReporter,
  type SourceEntry,
} from '@fashionmatch/domain';
import type { AppConfig, EmbeddingPipeline, RunProfile } from '@fashionmatch/pipeline';

import type { OptionsOf } from '../declaration/common-options.js';
import { defineCommand } from '../declaration/define-command.js';
import { withGenerationOption } from '../declaration/generation-option.js';
import { withMonitorOption } from '../declaration/monitor-option.js';
import { failureLimit, shard, wholeNumber } from '../declaration/option-values.js';
import { withModeOptions, withSourceOptions } from '../declaration/source-options.js';
import { OutputFile } from '../documents/output-file.js';
import { resultDocument, type RunReport, type RunStatus } from '../documents/result-document.js';
import { RunFailures } from '../documents/run-failures.js';
import type { ReportFile } from '../pages/report-file.js';
import { requireNamedSource } from '../planning/named-source.js';
import type { RunConfigs } from '../planning/run-configs.js';
import { inShard } from '../planning/shard.js';
import { profileTable } from '../tables/profile-report.js';
import { resultTable } from '../tables/result-table.js';
import { stopSentence } from '../tables/stop-sentence.js';
import { confirm } from '../terminal/confirm.js';
import { EXIT, exitCodeOf } from '../terminal/exit-code.js';
import { failureLog } from '../terminal/failure-log.js';
import { fatalErrorOf } from '../terminal/fatal-error.js';
import { minuteLog } from '../terminal/minute-log.js';
import { reporting } from '../terminal/reporting.js';
import type { Session } from '../terminal/session.js';
import { StopSignals } from '../terminal/stop-signals.js';

/** `fashionmatch embed`: turns what the sources list into embeddings, or says what that would mean. */
export const embed = defineCommand({
  name: 'embed',
  description: 'turn reference images and scraped batches into embeddings in the store',
  examples: [
    'fashionmatch embed',
    'fashionmatch embed --mode references --references-dir photos',
    'fashionmatch embed --mode scraped --json > result.json',
  ],
  logLevel: ({ dryRun }) => (dryRun ? 'warn' : undefined),
  declare,
  action: (options, session) => (options.dryRun ? planRun(options, session) : runEmbedding(options, session)),
});

type EmbedOptions = OptionsOf<typeof declare>;

function declare(command: Command) {
  const embedding = withModeOptions(command)
    .option('--batch-size <n>', 'images per encoding call, 1 to 1024 (default: from config, 32)', wholeNumber(1, 1024))
    .option('--clip-model <name>', 'with --generation: the model in the CLIP place')
    .option('--dino-model <name>', 'with --generation: the model in the DINOv2 place')
    .addOption(new Option('--precision <precision>', 'with --generation').choices(['fp32', 'fp16', 'int8']))
    .option('--force', 'clear the store first; asks to type yes')
    .option('--purge-journal', 'with --force: forget the vectors too, and encode every image again')
    .option('-n, --dry-run', 'say what would be done, and touch nothing')
    .option('--download-images', 'fetch images that a listing has only an address of')
    .option('--prune', 'remove stored items whose file or listing is gone')
    .option('--rehash', 'read every file again, also those whose size and time are what they were')
    .option('--limit <n>', 'stop after n new items', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--max-failures <n|p%>', 'stop with exit 1 when more items than that fail', failureLimit)
    .option('--failures-file <path>', 'write one JSON object a line for each failed item')
    .option('--shard <i/n>', 'work on one of n parts of the items, by hash of their ids, such as 2/8', shard)
    .option('--queue <url>', 'have workers encode: a Redis server, such as redis://host:6379/0')
    .option(
      '--serve-images <[host:]port>',
      'with --queue: give workers the images, on this machine alone unless a host is named',
    )
    .option('--profile', 'tell the time of each stage, and what bounded the run')
    .option('--report <file>', 'write a page about the run, with pictures, to look at in a browser');
  return withSourceOptions(withMonitorOption(withGenerationOption(embedding)));
}

function planRun(options: EmbedOptions, session: Session): Promise<number> {
  return reporting(session, async () => {
    if (options.shard) {
      throw new FashionMatchError('USAGE_INVALID', '--dry-run plans for all parts at once: leave out --shard.');
    }
    const { tellPlan } = await import('../planning/dry-run.js');
    const { config } = await configsOf(options, session);
    await tellPlan({ ...options, config, prune: pruneOf(options) }, session);
    return EXIT.done;
  });
}

/** @throws FashionMatchError `USAGE_INVALID` when a source that was named is not there, or options do not go together. */
async function configsOf(options: EmbedOptions, { logger }: Session): Promise<RunConfigs> {
  const { loadRunConfigs } = await import('../planning/run-configs.js');
  const configs = await loadRunConfigs(options, logger);
  await requireNamedSource(options, configs.given);
  return configs;
}

/** What is to be pruned: more than half of a source's items only when that was confirmed beforehand. */
function pruneOf({ prune, yes }: EmbedOptions): 'some' | 'most' | undefined {
  if (!prune) return undefined;
  return yes ? 'most' : 'some';
}

/** Which entries of the sources a run is about. */
type EntryFilter = (entry: SourceEntry) => boolean;

/** A run, and what is known of it while it goes on. */
interface Run {
  readonly options: EmbedOptions;
  readonly session: Session;
  readonly signal: AbortSignal;
  readonly only: EntryFilter | undefined;
  readonly results: Partial<Record<ItemSourceName, PipelineStats>>;
  readonly failures: RunFailures;
}

/** Runs the pipeline, and tells what it did. @returns the exit code. */
export async function runEmbedding(options: EmbedOptions, session: Session, only?: EntryFilter): Promise<number> {
  using failures = new RunFailures({ asLines: options.failuresFile !== undefined });
  const results = {};
  using stop = new StopSignals(() => {
    const status = 'interrupted';
    tell({ status, results, failures: failures.kept, models: undefined, error: undefined }, session);
  });
  const report = await reportOf({ options, session, signal: stop.signal, only, results, failures });
  tell(report, session);
  return stop.exitCode ?? exitCode(report);
}

function tell(report: RunReport, { progress, print, fail }: Session): void {
  const { results, profile, error } = report;
  progress.close();
  print(
    () => resultDocument(report),
    () => {
      const table = Object.keys(results).length > 0 ? resultTable(results, stopSentence(report)) : '';
      return table + (profile ? `\n${profileTable(profile)}` : '');
    },
  );
  if (error) fail(error);
}

async function reportOf(run: Run): Promise<RunReport> {
  try {
    const preparation = await prepare(run);
    const outcome = await process(run, preparation);
    const report = describe(run, outcome);
    // Of a run that did not begin there is nothing to tell.
    return outcome.hasBegun ? await write(report, outcome.profile, run, preparation) : report;
  } catch (thrown) {
    return describe(run, { error: fatalErrorOf(thrown) });
  }
}

/** What a run needs, and where it is told of. */
interface Preparation extends RunConfigs {
  readonly failuresFile: OutputFile | undefined;
  readonly reportFile: ReportFile | undefined;
}

/** Finds out what is wrong before anything is opened or cleared. */
async function prepare({ options, session }: Run): Promise<Preparation> {
  const { ReportFile } = await import('../pages/report-file.js');
  const { failuresFile: failuresPath, report: reportPath } = options;
  const { config, given } = await configsOf(options, session);
  const failuresFile = failuresPath === undefined ? undefined : await OutputFile.open(failuresPath, 'failures file');
  const reportFile = reportPath === undefined ? undefined : await ReportFile.open(reportPath, config);
  await confirmForce(options, config, session.terminal);
  return { config, given, failuresFile, reportFile };
}

/** @throws FashionMatchError `USAGE_INVALID` when the store is not to be cleared after all. */
async function confirmForce(
  options: EmbedOptions,
  { database }: AppConfig,
  terminal: Session['terminal'],
): Promise<void> {
  const { force, purgeJournal } = options;
  if (purgeJournal && !force) {
    throw new FashionMatchError('USAGE_INVALID', '--purge-journal forgets what the store is made of: add --force.');
  }
  if (!force) return;
  const from = purgeJournal ? 'the store and its journal, so that all images are encoded again' : 'the store';
  await confirm(`This removes every item of ${database.collectionName} from ${from}.`, options, terminal);
}

/** What has come of a run. */
interface Outcome extends Pick<RunReport, 'models' | 'error'> {
  /** Whether the store was made ready for it. */
  readonly hasBegun: boolean;
  readonly profile: RunProfile;
}

async function process(run: Run, { config, given, reportFile }: Preparation): Promise<Outcome> {
  const { beginGeneration, EmbeddingPipeline, recordLastRun, refreshScores } = await import('@fashionmatch/pipeline');
  const { openRunMonitor } = await import('../metrics/open-monitor.js');
  const { options, session, signal, results, failures } = run;
  const { logger } = session;
  await using monitor = await openRunMonitor(options.metrics, 'embed', logger);
  monitor?.metrics.started();
  const progress = progressOf(run, [reportFile, monitor?.metrics]);
  await using pipeline = await EmbeddingPipeline.create({
    ...{ config, logger, progress, signal },
    replaceOther: options.force,
  });
  monitor?.metrics.follow(pipeline, config);
  await beginGeneration(given, config, { logger });
  let hasBegun = false;
  let error: FashionMatchError | undefined;
  try {
    // What the journal forgets is encoded again: it is kept until the models are known to run.
    if (options.purgeJournal) await pipeline.scorer.encoders();
    if (options.force) await pipeline.vectorStore.clear();
    if (options.purgeJournal) await pipeline.purgeJournal();
    hasBegun = true;
    await processSources(pipeline, run);
    await recordLastRun(config, Object.values(results));
    if (!signal.aborted) await refreshScores(pipeline, Object.values(results), logger);
  } catch (thrown) {
    error = fatalErrorOf(thrown);
  }
  monitor?.metrics.finished(statusOf(error, signal, failures.count), error?.message);
  return { hasBegun, models: pipeline.scorer.describe(), profile: pipeline.profile, error };
}

/** Tells everybody who wants to know how the run goes. */
function progressOf(
  { session, results, failures }: Run,
  others: readonly (ProgressReporter | undefined)[],
): ProgressReporter {
  const logs = [session.progress, minuteLog(session.logger), failureLog(session.logger), ...others];
  return {
    report: (event) => {
      for (const log of logs) log?.report(event);
      if (event.type === 'source-finished') results[event.source] = event.stats;
      if (event.type === 'item-failed') failures.add(event.failure);
    },
  };
}

async function processSources(pipeline: EmbeddingPipeline, { options, only, signal }: Run): Promise<void> {
  const { mode, referencesDir: referenceDir, scrapedDir, batchSize, limit, maxFailures, rehash } = options;
  const chosen = only ?? (options.shard && inShard(options.shard));
  const shared = { batchSize, limit, maxFailures, prune: pruneOf(options), rehash, only: chosen, signal } as const;
  if (mode === 'references') await pipeline.processReferences({ referenceDir, ...shared });
  else if (mode === 'scraped') await pipeline.processScrapedBatches({ scrapedDir, ...shared });
  else await pipeline.processAll({ referenceDir, scrapedDir, ...shared });
}

function describe({ options, signal, results, failures }: Run, outcome: Partial<Outcome>): RunReport {
  const { models, profile, error } = outcome;
  const status = statusOf(error, signal, failures.count);
  return { status, results, failures: failures.kept, models, profile: options.profile && profile, error };
}

/** What could not be written ends a run as if it had failed, unless something else had. */
async function write(
  report: RunReport,
  profile: RunProfile,
  { session, only, failures }: Run,
  { failuresFile, reportFile }: Preparation,
): Promise<RunReport> {
  // A retry that was cut short has not tried all of its list.
  const keepsList = only !== undefined && (report.status === 'failed' || report.status === 'interrupted');
  if (keepsList && failuresFile) session.logger.warn('The failures file stays as it was: the retry was cut short');
  try {
    if (!keepsList) await failuresFile?.write(failures.lines());
    await reportFile?.write(report, profile);
    return report;
  } catch (thrown) {
    return { ...report, status: 'failed', error: report.error ?? fatalErrorOf(thrown) };
  }
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
