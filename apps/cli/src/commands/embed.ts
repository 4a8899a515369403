import { stat } from 'node:fs/promises';

import {
  FashionMatchError,
  type ItemSourceName,
  type PipelineStats,
  type ProgressEvent,
  type SourceEntry,
} from '@fashionmatch/domain';
import { EmbeddingPipeline, loadConfig, recordLastRun, type AppConfig, type ConfigInput } from '@fashionmatch/pipeline';

import type { EmbedOptions } from '../command-line.js';
import { confirm } from '../confirm.js';
import { EXIT, exitCodeOf } from '../exit-code.js';
import { FailuresFile } from '../failures-file.js';
import { fatalErrorOf } from '../fatal-error.js';
import { jsonText } from '../json-text.js';
import { resultDocument, type RunReport, type RunStatus } from '../result-document.js';
import { resultTable } from '../result-table.js';
import { openSession, type Session } from '../session.js';
import { StopSignals } from '../stop-signals.js';
import type { Terminal } from '../terminal.js';
import { dryRun } from './dry-run.js';

/** Which entries of the sources a run is about. */
export type EntryFilter = (entry: SourceEntry) => boolean;

/** `fashionmatch embed`: runs the pipeline, tells what it did, and gives the exit code. */
export async function embed(options: EmbedOptions, terminal: Terminal, only?: EntryFilter): Promise<number> {
  if (options.dryRun) return dryRun(options, terminal);
  using stop = new StopSignals();
  const session = openSession(options, terminal);
  const report = await run(options, session, stop.signal, only);
  session.progress.close();

  if (options.json) terminal.stdout.write(`${jsonText(resultDocument(report))}\n`);
  else if (Object.keys(report.results).length > 0) terminal.stdout.write(resultTable(report.results));
  if (report.error) session.fail(report.error);
  return stop.exitCode ?? exitCode(report);
}

async function run(
  options: EmbedOptions,
  session: Session,
  signal: AbortSignal,
  only: EntryFilter | undefined,
): Promise<RunReport> {
  const results: Partial<Record<ItemSourceName, PipelineStats>> = {};
  const progress = {
    report: (event: ProgressEvent): void => {
      session.progress.report(event);
      if (event.type === 'source-finished') results[event.source] = event.stats;
      if (event.type === 'item-failed') {
        const { itemId, stage, reason, code, path } = event.failure;
        session.logger.warn(`Failed ${itemId} (${stage}): ${reason}`, { item_id: itemId, stage, code, path });
      }
    },
  };
  let pipeline: EmbeddingPipeline | undefined;
  let error: FashionMatchError | undefined;
  let failuresFile: FailuresFile | undefined;
  try {
    const config = await loadConfig({ path: options.config, overrides: overridesOf(options) });
    await requireNamedSource(options, config);
    if (options.failuresFile !== undefined) failuresFile = await FailuresFile.open(options.failuresFile);
    if (options.force) {
      const { collectionName } = config.database;
      await confirm(`This removes every item of ${collectionName} from the store.`, options, session.terminal);
    }
    session.logger.info('Initializing EmbeddingPipeline');
    pipeline = await EmbeddingPipeline.create({
      config,
      logger: session.logger,
      progress,
      replaceOther: options.force,
    });
    if (options.force) await pipeline.vectorStore.clear();
    await processSources(pipeline, options, { signal, only });
    await recordLastRun(config, Object.values(results));
  } catch (thrown) {
    error = fatalErrorOf(thrown);
  }
  const failures = pipeline?.failures ?? [];
  await failuresFile?.write(failures);
  const models = pipeline?.scorer.describe();
  await pipeline?.[Symbol.asyncDispose]();
  return { status: statusOf(error, signal, failures.length), results, failures, models, error };
}

async function processSources(
  pipeline: EmbeddingPipeline,
  { mode, ...options }: EmbedOptions,
  { signal, only }: { signal: AbortSignal; only: EntryFilter | undefined },
): Promise<void> {
  const { referencesDir: referenceDir, scrapedDir, batchSize, limit, maxFailures } = options;
  const prune = options.prune ? (options.yes ? 'most' : 'some') : undefined;
  const shared = { batchSize, limit, maxFailures, prune, only, signal } as const;
  if (mode === 'references') await pipeline.processReferences({ referenceDir, ...shared });
  else if (mode === 'scraped') await pipeline.processScrapedBatches({ scrapedDir, ...shared });
  else await pipeline.processAll({ referenceDir, scrapedDir, ...shared });
}

/** A source that was asked for by itself must be there: found out before anything is opened or cleared. */
async function requireNamedSource(
  { mode, referencesDir, scrapedDir }: EmbedOptions,
  { scraper }: AppConfig,
): Promise<void> {
  if (mode === 'all') return;
  const directory =
    mode === 'references' ? (referencesDir ?? scraper.referencesDir) : (scrapedDir ?? scraper.outputDir);
  const found = await stat(directory).catch(() => undefined);
  if (found?.isDirectory()) return;
  const option = mode === 'references' ? '--references-dir' : '--scraped-dir';
  throw new FashionMatchError(
    'USAGE_INVALID',
    `The folder ${directory} does not exist: name another one with ${option}.`,
  );
}

function overridesOf({ batchSize }: EmbedOptions): ConfigInput {
  return batchSize === undefined ? {} : { models: { batch_size: batchSize } };
}

function statusOf(error: FashionMatchError | undefined, signal: AbortSignal, failed: number): RunStatus {
  if (error) return 'failed';
  if (signal.aborted) return 'interrupted';
  return failed > 0 ? 'completed_with_failures' : 'completed';
}

function exitCode({ error, failures }: RunReport): number {
  if (error) return exitCodeOf(error.code);
  return failures.length > 0 ? EXIT.someFailed : EXIT.done;
}
