import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import {
  FashionMatchError,
  reasonOf,
  type ItemSourceName,
  type ProgressEvent,
  type ProgressReporter,
} from '@fashionmatch/domain';
import { STAGES, type AppConfig, type EmbeddingPipeline, type RunProfile } from '@fashionmatch/pipeline';

import type { RunMetrics } from '../metrics/run-metrics.js';
import type { ReportFile } from '../pages/report-file.js';
import { failureLog } from '../terminal/failure-log.js';
import type { Session } from '../terminal/session.js';
import type { FinishHook } from './finish-hook.js';
import { RunRecord } from './run-record.js';
import type { SettledEntries } from './settled-entries.js';
import type { WatchTotals } from './watch-totals.js';

export type Folders = Readonly<Partial<Record<ItemSourceName, string>>>;

export interface WatchedRunsOptions {
  readonly config: AppConfig;
  readonly folders: Folders;
  readonly prune: 'some' | 'most' | undefined;
  /** Where a page about each run goes that did anything. */
  readonly reportFolder: string | undefined;
  readonly onFinish: FinishHook | undefined;
  /** Whether a run is told of that did nothing. */
  readonly tellsAll: boolean;
  readonly session: Session;
  readonly totals: WatchTotals;
  readonly signal: AbortSignal;
  readonly metrics: RunMetrics | undefined;
}

/** What a run works with that has a pipeline of its own. */
export interface OwnPipeline {
  /** Opens one that reports to the runs. */
  readonly open: () => Promise<EmbeddingPipeline>;
  /** Whether an error is told of as the run's own, and not thrown. */
  readonly survives: (error: FashionMatchError) => boolean;
  /** Notes that a run came to its end, before anybody is told of it. */
  readonly remember: (startedAt: Date) => Promise<void>;
}

/** Runs over the same folders, one after the other, each of which is told of. */
export class WatchedRuns implements ProgressReporter {
  readonly #options: WatchedRunsOptions;
  readonly #log: ProgressReporter;
  #record = new RunRecord();
  #report: ReportFile | undefined;
  #entries: SettledEntries | undefined;
  #profile: RunProfile | undefined;

  constructor(options: WatchedRunsOptions) {
    this.#options = options;
    this.#log = failureLog(options.session.logger);
  }

  report(event: ProgressEvent): void {
    const { session, metrics } = this.#options;
    for (const one of [session.progress, this.#log, this.#record, this.#report, metrics]) one?.report(event);
    if (event.type === 'item-failed') this.#entries?.noteFailure(event.failure);
  }

  /** The folders that are there now. */
  async present(): Promise<ItemSourceName[]> {
    const found: ItemSourceName[] = [];
    for (const source of ['references', 'scraped'] as const) {
      const folder = this.#options.folders[source];
      const isThere = folder !== undefined && (await stat(folder).catch(() => undefined))?.isDirectory();
      if (isThere) found.push(source);
    }
    return found;
  }

  /** One run, from its beginning to its telling, with a pipeline that reports to this object and stays open. */
  async run(entries: SettledEntries, pipeline: EmbeddingPipeline): Promise<void> {
    await this.#begin(entries);
    await this.#work(pipeline, entries);
    await this.#tell();
  }

  /** The same with a pipeline that is closed again before anybody is told of the run. */
  async runAlone(entries: SettledEntries, { open, survives, remember }: OwnPipeline): Promise<void> {
    await this.#begin(entries);
    const record = this.#record;
    try {
      await this.#workAlone(open, entries);
    } catch (thrown) {
      if (!(thrown instanceof FashionMatchError) || !survives(thrown)) throw thrown;
      record.isInterrupted = this.#options.signal.aborted;
      this.#fault(thrown);
    }
    try {
      if (record.isWhole) await remember(record.startedAt);
    } finally {
      await this.#tell();
    }
  }

  async #begin(entries: SettledEntries): Promise<void> {
    this.#record = new RunRecord();
    this.#entries = entries;
    this.#profile = undefined;
    this.#report = await this.#openReport();
    this.#options.metrics?.started();
  }

  async #workAlone(open: OwnPipeline['open'], entries: SettledEntries): Promise<void> {
    const { metrics, config } = this.#options;
    await using pipeline = await open();
    metrics?.follow(pipeline, config);
    try {
      await this.#work(pipeline, entries);
    } finally {
      await metrics?.unfollow();
    }
  }

  async #work(pipeline: EmbeddingPipeline, entries: SettledEntries): Promise<void> {
    const before = pipeline.profile;
    for (const source of await this.present()) await this.#process(pipeline, source, entries);
    this.#profile = since(before, pipeline.profile);
    // A stop that comes later does not make it less than whole.
    this.#record.isInterrupted = this.#options.signal.aborted;
  }

  /** A folder that cannot be read now may be back for the next run. */
  async #process(pipeline: EmbeddingPipeline, source: ItemSourceName, { isReady }: SettledEntries): Promise<void> {
    const { folders, prune, signal } = this.#options;
    const [folder, how] = [folders[source], { only: isReady, prune, signal }];
    try {
      if (source === 'references') await pipeline.processReferences({ referenceDir: folder, ...how });
      else await pipeline.processScrapedBatches({ scrapedDir: folder, ...how });
    } catch (error) {
      if (!(error instanceof FashionMatchError) || error.code !== 'SOURCE_UNREADABLE') throw error;
      this.#fault(error);
    }
  }

  #fault(error: FashionMatchError): void {
    this.#record.error ??= error;
    this.#options.session.logger.error(error.message, { code: error.code });
  }

  async #openReport(): Promise<ReportFile | undefined> {
    const { config, reportFolder } = this.#options;
    if (reportFolder === undefined) return undefined;
    const { ReportFile } = await import('../pages/report-file.js');
    await makeFolder(reportFolder);
    return ReportFile.open(this.#reportPath(reportFolder), config);
  }

  #reportPath(folder: string): string {
    return join(folder, `run-${this.#record.startedAt.toISOString().replaceAll(/[:.]/g, '-')}.html`);
  }

  async #tell(): Promise<void> {
    const { session, totals, tellsAll, reportFolder, onFinish, metrics } = this.#options;
    const record = this.#record;
    const profile = this.#profile;
    metrics?.finished(record.status, record.error?.message);
    totals.add(record.results);
    if (!record.didAnything && !tellsAll) return;
    const writes = reportFolder !== undefined && record.didAnything && profile !== undefined;
    if (writes) await this.#report?.write(record.asReport, profile);
    const document = record.document(writes ? this.#reportPath(reportFolder) : undefined);
    session.print(
      () => document,
      () => `${record.line()}\n`,
    );
    await onFinish?.(document);
  }
}

/** @throws FashionMatchError `USAGE_INVALID` */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (cause) {
    throw new FashionMatchError('USAGE_INVALID', `The folder ${path} cannot be made: ${reasonOf(cause)}.`, { cause });
  }
}

/** What one run took of a pipeline that does several. */
function since(before: RunProfile, after: RunProfile): RunProfile {
  const stages = { ...after.stages };
  for (const stage of STAGES) {
    const [earlier, later] = [before.stages[stage], after.stages[stage]];
    stages[stage] = {
      items: later.items - earlier.items,
      busySeconds: later.busySeconds - earlier.busySeconds,
      callSeconds: later.callSeconds - earlier.callSeconds,
    };
  }
  return { ...after, stages };
}
