import { stat } from 'node:fs/promises';

import { FashionMatchError, type ItemSourceName, type PipelineStats, type ProgressEvent } from '@fashionmatch/domain';
import { EmbeddingPipeline, loadConfig, type AppConfig, type ConfigInput } from '@fashionmatch/pipeline';

import type { EmbedOptions } from '../command-line.js';
import { confirm } from '../confirm.js';
import { EXIT, exitCodeOf } from '../exit-code.js';
import { fatalErrorOf } from '../fatal-error.js';
import { resultDocument, type RunReport, type RunStatus } from '../result-document.js';
import { resultTable } from '../result-table.js';
import { openSession, type Session } from '../session.js';
import { StopSignals } from '../stop-signals.js';
import type { Terminal } from '../terminal.js';

/** `fashionmatch embed`: runs the pipeline, tells what it did, and gives the exit code. */
export async function embed(options: EmbedOptions, terminal: Terminal): Promise<number> {
  using stop = new StopSignals();
  const session = openSession(options, terminal);
  const report = await run(options, session, stop.signal);
  session.progress.close();

  if (options.json) terminal.stdout.write(`${JSON.stringify(resultDocument(report))}\n`);
  else if (Object.keys(report.results).length > 0) terminal.stdout.write(resultTable(report.results));
  if (report.error) session.fail(report.error);
  return stop.exitCode ?? exitCode(report);
}

async function run(options: EmbedOptions, session: Session, signal: AbortSignal): Promise<RunReport> {
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
  try {
    const config = await loadConfig({ path: options.config, overrides: overridesOf(options) });
    await requireNamedSource(options, config);
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
    await processSources(pipeline, options, signal);
  } catch (thrown) {
    error = fatalErrorOf(thrown);
  }
  const failures = pipeline?.failures ?? [];
  const models = pipeline?.scorer.describe();
  await pipeline?.[Symbol.asyncDispose]();
  return { status: statusOf(error, signal, failures.length), results, failures, models, error };
}

async function processSources(
  pipeline: EmbeddingPipeline,
  { mode, ...options }: EmbedOptions,
  signal: AbortSignal,
): Promise<void> {
  const { referencesDir: referenceDir, scrapedDir, batchSize } = options;
  if (mode === 'references') await pipeline.processReferences({ referenceDir, batchSize, signal });
  else if (mode === 'scraped') await pipeline.processScrapedBatches({ scrapedDir, batchSize, signal });
  else await pipeline.processAll({ referenceDir, scrapedDir, batchSize, signal });
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
