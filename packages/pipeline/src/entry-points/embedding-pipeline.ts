import { availableParallelism } from 'node:os';

import {
  FashionMatchError,
  perSpace,
  type ItemFailure,
  type ItemSource,
  type ItemSourceName,
  type OnLeftOut,
  type PipelineStats,
  type SourceEntry,
  type SourceItem,
  type VectorStore,
} from '@fashionmatch/domain';

import type { AppConfig } from '../config/app-config.js';
import type { OpenOptions } from '../container/open-options.js';
import type { PipelineDependencies } from '../dependencies.js';
import { encodeElsewhere } from '../embedding/encode-elsewhere.js';
import { encodeHere, type Encoding } from '../embedding/encode-here.js';
import { EmbeddingRun, type ItemToEncode } from '../embedding/embedding-run.js';
import type { HybridScorer } from '../hybrid-scorer.js';
import { journaled } from '../journaled-vector-store.js';
import { Planner } from '../embedding/plan.js';
import {
  SourceUnreadableError,
  type ProcessAllOptions,
  type ProcessOptions,
  type ProcessReferencesOptions,
  type ProcessScrapedOptions,
} from '../embedding/process-options.js';
import { purgeJournal } from '../embedding/purge-journal.js';
import { profileOf, type RunProfile } from '../embedding/run-profile.js';
import { logCompletion, logFromJournal, logLeftOut, logSurvey, surveyOf } from '../embedding/run-survey.js';
import { StageClock } from '../embedding/stage-clock.js';
import { StoredIndex } from '../embedding/stored-index.js';
import { vanishedItems } from '../embedding/vanished-items.js';

const PRUNE_BATCH = 500;

/** Turns photographs into embeddings in a vector store; what is stored and current is left alone. */
export class EmbeddingPipeline implements AsyncDisposable {
  readonly config: AppConfig;
  readonly scorer: HybridScorer;
  readonly vectorStore: VectorStore;
  readonly #dependencies: PipelineDependencies;
  readonly #close: () => Promise<void>;
  readonly #clock = new StageClock();
  #failures: ItemFailure[] = [];
  #seconds = 0;
  #cpuSeconds = 0;

  /** @param close Releases what was opened for this pipeline; called once, when it is disposed of. */
  constructor(dependencies: PipelineDependencies, close: () => Promise<void> = () => Promise.resolve()) {
    this.#dependencies = dependencies;
    this.#close = close;
    this.config = dependencies.config;
    this.scorer = dependencies.scorer;
    const { vectorStore, journal, scorer } = dependencies;
    this.vectorStore = journaled(vectorStore, journal, scorer.handles);
  }

  /**
   * A pipeline with the adapters that the configuration asks for. Dispose of it when done: it may have
   * started a Chroma server and worker threads.
   *
   * @throws FashionMatchError when the configuration, a model or the store is not usable.
   */
  static async create(options: OpenOptions = {}): Promise<EmbeddingPipeline> {
    // Only here are the adapters loaded: a pipeline with adapters of one's own loads no native library.
    options.logger?.info('Initializing EmbeddingPipeline');
    const { openDependencies } = await import('../container/open-dependencies.js');
    const { dependencies, close } = await openDependencies(options);
    return new EmbeddingPipeline(dependencies, close);
  }

  /** What failed so far, and why; at most `FAILURES_KEPT` of each source and run. */
  get failures(): readonly ItemFailure[] {
    return this.#failures;
  }

  /** Where the time of all runs of this pipeline went. */
  get profile(): RunProfile {
    const { decodeConcurrency, scorer } = this.#dependencies;
    return profileOf(this.#clock, {
      seconds: this.#seconds,
      cpuSeconds: this.#cpuSeconds,
      cores: availableParallelism(),
      decodeConcurrency,
      models: scorer.describe(),
    });
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
        unreadable.push(error);
        return undefined;
      }
    };
    const references = await attempt(this.#references(options));
    const scraped = await attempt(this.#scraped(options));
    if (references && scraped) return { references, scraped };
    throw new SourceUnreadableError(
      unreadable.map((error) => error.message).join('. '),
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

  /** Makes the journal forget everything of this store, so that all images are encoded again. */
  purgeJournal(): Promise<void> {
    return purgeJournal(this.#dependencies.journal);
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
    const { journal, progress, logger } = this.#dependencies;
    const { batchSize = this.config.models.batchSize, only, limit, maxFailures, prune, rehash, signal } = options;
    if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > 1024) {
      throw new FashionMatchError('USAGE_INVALID', `The batch size must be 1 to 1024, got ${String(batchSize)}.`);
    }
    progress.report({ type: 'source-started', source: source.name });
    const clock = this.#clock;
    const startedAt = performance.now();
    const cpuBefore = process.cpuUsage();
    const store = this.vectorStore;
    // The journal must know every item: what no item of it uses, a compaction forgets.
    const index = await clock.time('discover', 0, () =>
      StoredIndex.of(store, journal, { signal, onUnjournaled: (items) => journal.updateItems(items) }),
    );
    const encode = this.#encoding(batchSize, signal);
    const encoderIds = perSpace((space) => this.scorer.handles[space].id);
    const adapters = { source, encode, encoderIds, store, journal, index, progress, clock };
    const run = new EmbeddingRun({ ...adapters, limit, rehash, signal });
    const all = (onLeftOut?: OnLeftOut): AsyncIterable<SourceEntry> => (chosen ? each(chosen) : source.list(onLeftOut));
    const entries = (onLeftOut?: OnLeftOut): AsyncIterable<SourceEntry> =>
      only ? filtered(all(onLeftOut), only) : all(onLeftOut);
    try {
      // The listing is gone through twice rather than kept: it is cheap, and memory must not grow with it.
      const survey = await clock.time('discover', 0, () =>
        surveyOf(entries(run.leftOut), new Planner(index, rehash), signal),
      );
      if (!signal?.aborted) {
        progress.report({ type: 'planned', source: source.name, ...survey });
        logSurvey(logger, source.name, survey, index.size);
        logLeftOut(logger, run.stats);
        const allowed = typeof maxFailures === 'object' ? Math.floor(maxFailures.share * survey.total) : maxFailures;
        await run.execute(entries(), survey, allowed);
      }
      if (prune !== undefined && !signal?.aborted) {
        const vanished = await vanishedItems(source, all, index, prune === 'most');
        await this.#remove(vanished, source.name, run);
      }
    } finally {
      this.#failures = [...this.#failures, ...run.failures];
      this.#seconds += (performance.now() - startedAt) / 1000;
      const { user, system } = process.cpuUsage(cpuBefore);
      this.#cpuSeconds += (user + system) / 1_000_000;
      progress.report({ type: 'source-finished', source: source.name, stats: run.stats });
    }
    logFromJournal(logger, run.stats);
    logCompletion(logger, run.stats);
    return run.stats;
  }

  #encoding(batchSize: number, signal: AbortSignal | undefined): Encoding<ItemToEncode> {
    const { decoder, scorer, decodeConcurrency, logger, progress, spread } = this.#dependencies;
    if (spread) return encodeElsewhere({ spread, handles: scorer.handles, logger, progress, signal });
    return encodeHere({ decoder, scorer, clock: this.#clock, batchSize, decodeConcurrency, signal });
  }

  async #remove(vanished: readonly string[], source: ItemSourceName, run: EmbeddingRun): Promise<void> {
    run.removed([]);
    for (let at = 0; at < vanished.length; at += PRUNE_BATCH) {
      const some = vanished.slice(at, at + PRUNE_BATCH);
      await this.vectorStore.delete(some);
      run.removed(some);
    }
    this.#dependencies.logger.info(`Removed ${String(vanished.length)} items of ${source} whose source is gone`, {
      item_ids: vanished.slice(0, 100),
    });
  }
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  await Promise.resolve();
  yield* items;
}

async function* filtered<T>(items: AsyncIterable<T>, only: (item: T) => boolean): AsyncGenerator<T> {
  for await (const item of items) if (only(item)) yield item;
}
