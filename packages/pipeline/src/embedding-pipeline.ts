import {
  FashionMatchError,
  type ItemFailure,
  type ItemSource,
  type ItemSourceName,
  type Logger,
  type PipelineStats,
  type SourceEntry,
  type SourceItem,
  type VectorStore,
} from '@fashionmatch/domain';

import type { AppConfig } from './config.js';
import type { OpenOptions } from './container/open-options.js';
import type { PipelineDependencies } from './dependencies.js';
import { EmbeddingRun } from './embedding-run.js';
import type { HybridScorer } from './hybrid-scorer.js';
import { JournaledVectorStore } from './journaled-vector-store.js';
import { NO_JOURNAL } from './no-journal.js';
import { Planner } from './plan.js';
import { StoredIndex } from './stored-index.js';
import { vanishedItems } from './vanished-items.js';

export interface ProcessOptions {
  /** Images an encoding call, 1 to 1024; the configuration's when not given. */
  readonly batchSize?: number | undefined;
  /** Works only through the entries that this holds for; the others are as if they were not listed. */
  readonly only?: ((entry: SourceEntry) => boolean) | undefined;
  /** Ends the run after so many new items. */
  readonly limit?: number | undefined;
  /** More failures than this end the run: a number of items, or a share of the listing such as `{ share: 0.1 }`. */
  readonly maxFailures?: number | { readonly share: number } | undefined;
  /** Removes stored items whose file or listing is gone; `most` allows more than half of them to go. */
  readonly prune?: 'some' | 'most' | undefined;
  /** Stops the run: what is being encoded is still stored, the rest is left for the next run. */
  readonly signal?: AbortSignal | undefined;
}

export interface ProcessReferencesOptions extends ProcessOptions {
  /** The configuration's when not given. */
  readonly referenceDir?: string | undefined;
}

export interface ProcessScrapedOptions extends ProcessOptions {
  /** The configuration's when not given. */
  readonly scrapedDir?: string | undefined;
}

export interface ProcessAllOptions extends ProcessReferencesOptions, ProcessScrapedOptions {}

/** What was done with each source that could be read. */
export type PipelineResults = Readonly<Partial<Record<ItemSourceName, PipelineStats>>>;

/** At least one source could not be read; what the others came to is in `results`. */
export class SourceUnreadableError extends FashionMatchError {
  readonly results: PipelineResults;

  constructor(message: string, results: PipelineResults, options?: ErrorOptions) {
    super('SOURCE_UNREADABLE', message, options);
    this.results = results;
  }
}

/** Measured: a batch of this size is as fast as any on a processor, and small enough to stop soon. */
const AUTO_BATCH_SIZE = 32;

const PRUNE_BATCH = 500;

/** Turns photographs into embeddings in a vector store; what is stored and current is left alone. */
export class EmbeddingPipeline implements AsyncDisposable {
  readonly config: AppConfig;
  readonly scorer: HybridScorer;
  readonly vectorStore: VectorStore;
  readonly #dependencies: PipelineDependencies;
  readonly #close: () => Promise<void>;
  #failures: ItemFailure[] = [];

  /** @param close Releases what was opened for this pipeline; called once, when it is disposed of. */
  constructor(dependencies: PipelineDependencies, close: () => Promise<void> = () => Promise.resolve()) {
    this.#dependencies = dependencies;
    this.#close = close;
    this.config = dependencies.config;
    this.scorer = dependencies.scorer;
    const { vectorStore, journal, scorer } = dependencies;
    const { clip, dino } = scorer.handles;
    this.vectorStore =
      journal === NO_JOURNAL
        ? vectorStore
        : new JournaledVectorStore(vectorStore, journal, { clip: clip.id, dino: dino.id });
  }

  /**
   * A pipeline with the adapters that the configuration asks for. Dispose of it when done: it may have
   * started a Chroma server and worker threads.
   *
   * @throws FashionMatchError when the configuration, a model or the store is not usable.
   */
  static async create(options: OpenOptions = {}): Promise<EmbeddingPipeline> {
    // Only here are the adapters loaded: a pipeline with adapters of one's own loads no native library.
    const { openDependencies } = await import('./container/open-dependencies.js');
    const { dependencies, close } = await openDependencies(options);
    return new EmbeddingPipeline(dependencies, close);
  }

  /** What failed so far, and why. */
  get failures(): readonly ItemFailure[] {
    return this.#failures;
  }

  /** @throws FashionMatchError `SOURCE_UNREADABLE` when the folder cannot be read. */
  processReferences(options: ProcessReferencesOptions = {}): Promise<PipelineStats> {
    return this.#process(this.#references(options), options);
  }

  /** @throws FashionMatchError `SOURCE_UNREADABLE` when the folder cannot be read. */
  processScrapedBatches(options: ProcessScrapedOptions = {}): Promise<PipelineStats> {
    return this.#process(this.#scraped(options), options);
  }

  /**
   * Both sources, one after the other. One that cannot be read does not stop the other.
   *
   * @throws SourceUnreadableError after both were tried, with the results of the one that could be read.
   */
  async processAll(options: ProcessAllOptions = {}): Promise<Record<ItemSourceName, PipelineStats>> {
    const unreadable: FashionMatchError[] = [];
    let limit = options.limit;
    const attempt = async (source: ItemSource): Promise<PipelineStats | undefined> => {
      try {
        const stats = await this.#process(source, { ...options, limit });
        // The limit is for both sources together.
        if (limit !== undefined) limit = Math.max(0, limit - stats.processedItems);
        return stats;
      } catch (error) {
        if (!(error instanceof FashionMatchError) || error.code !== 'SOURCE_UNREADABLE') throw error;
        this.#dependencies.logger.error(error.message);
        unreadable.push(error);
        return undefined;
      }
    };
    const references = await attempt(this.#references(options));
    const scraped = await attempt(this.#scraped(options));
    if (references && scraped) return { references, scraped };
    throw new SourceUnreadableError(
      unreadable.map((error) => error.message).join(' '),
      { ...(references && { references }), ...(scraped && { scraped }) },
      { cause: unreadable[0] },
    );
  }

  /** Embeds a choice of a source's items, for workflows that filter batches themselves. */
  encodeAndStoreBatch(
    items: readonly SourceItem[],
    source: ItemSource,
    options: ProcessOptions = {},
  ): Promise<PipelineStats> {
    return this.#process(source, options, items);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  #references({ referenceDir = this.config.scraper.referencesDir }: ProcessReferencesOptions): ItemSource {
    this.#dependencies.logger.info(`Processing reference images from ${referenceDir}`);
    return this.#dependencies.sources.references(referenceDir);
  }

  #scraped({ scrapedDir = this.config.scraper.outputDir }: ProcessScrapedOptions): ItemSource {
    this.#dependencies.logger.info(`Processing scraped batches from ${scrapedDir}`);
    return this.#dependencies.sources.scraped(scrapedDir);
  }

  async #process(source: ItemSource, options: ProcessOptions, chosen?: readonly SourceEntry[]): Promise<PipelineStats> {
    const { decoder, scorer, journal, progress, decodeConcurrency, logger } = this.#dependencies;
    const { batchSize = this.#configuredBatchSize, only, limit, maxFailures, prune, signal } = options;
    if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > 1024) {
      throw new FashionMatchError('USAGE_INVALID', `The batch size must be 1 to 1024, got ${String(batchSize)}.`);
    }
    progress.report({ type: 'source-started', source: source.name });
    const store = this.vectorStore;
    // The journal must know every item: what no item of it uses, a compaction forgets.
    const index = await StoredIndex.of(store, journal, (items) => journal.updateItems(items));
    const adapters = { source, decoder, scorer, store, journal, index, progress };
    const run = new EmbeddingRun({ ...adapters, batchSize, decodeConcurrency, limit, signal });
    const all = (): AsyncIterable<SourceEntry> => (chosen ? each(chosen) : source.list());
    const entries = (): AsyncIterable<SourceEntry> => (only ? filtered(all(), only) : all());
    try {
      // The listing is gone through twice rather than kept: it is cheap, and memory must not grow with it.
      const survey = await surveyOf(entries(), new Planner(index));
      progress.report({ type: 'planned', source: source.name, ...survey });
      logSurvey(logger, source.name, survey, index.size);
      const allowed = typeof maxFailures === 'object' ? Math.floor(maxFailures.share * survey.total) : maxFailures;
      if (survey.work === 0) run.skipAll(survey.total);
      else await run.execute(entries(), allowed);
      if (prune !== undefined && !signal?.aborted) await this.#prune(source, all(), index, prune === 'most');
    } finally {
      this.#failures = [...this.#failures, ...run.failures];
      progress.report({ type: 'source-finished', source: source.name, stats: run.stats });
    }
    logCompletion(logger, run.stats);
    return run.stats;
  }

  async #prune(
    source: ItemSource,
    entries: AsyncIterable<SourceEntry>,
    index: StoredIndex,
    allowMost: boolean,
  ): Promise<void> {
    const vanished = await vanishedItems(source, entries, index, allowMost);
    for (let at = 0; at < vanished.length; at += PRUNE_BATCH) {
      await this.vectorStore.delete(vanished.slice(at, at + PRUNE_BATCH));
    }
    this.#dependencies.logger.info(`Removed ${String(vanished.length)} items of ${source.name} whose source is gone`, {
      item_ids: vanished.slice(0, 100),
    });
  }

  get #configuredBatchSize(): number {
    const { batchSize } = this.config.models;
    return batchSize === 'auto' ? AUTO_BATCH_SIZE : batchSize;
  }
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  await Promise.resolve();
  yield* items;
}

async function* filtered<T>(items: AsyncIterable<T>, only: (item: T) => boolean): AsyncGenerator<T> {
  for await (const item of items) if (only(item)) yield item;
}

/** How many entries there are, and how many of them need anything done: both honest before anything is opened. */
async function surveyOf(
  entries: AsyncIterable<SourceEntry>,
  planner: Planner,
): Promise<{ readonly total: number; readonly work: number }> {
  let total = 0;
  let work = 0;
  for await (const entry of entries) {
    total++;
    if (planner.screen(entry).kind !== 'skip') work++;
  }
  return { total, work };
}

function logSurvey(
  logger: Logger,
  source: ItemSourceName,
  { total, work }: { readonly total: number; readonly work: number },
  stored: number,
): void {
  logger.info(`Found ${String(total)} ${source === 'references' ? 'image files' : 'scraped items'}`);
  logger.info(`Found ${String(stored)} existing items in vector store`);
  logger.info(`Processing ${String(work)} new items, skipping ${String(total - work)} existing`);
}

function logCompletion(logger: Logger, stats: PipelineStats): void {
  const { source, processedItems, skippedItems, failedItems, durationSeconds } = stats;
  const label = source === 'references' ? 'Reference' : 'Scraped batch';
  logger.info(
    `${label} processing complete: ${String(processedItems)} processed, ${String(skippedItems)} skipped, ` +
      `${String(failedItems)} failed in ${durationSeconds.toFixed(2)}s`,
    {
      source,
      processed: processedItems,
      skipped: skippedItems,
      failed: failedItems,
      duration_seconds: durationSeconds,
    },
  );
}
