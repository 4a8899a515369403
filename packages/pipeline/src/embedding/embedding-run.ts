import {
  ItemError,
  PipelineStatsRecorder,
  type EmbeddingJournal,
  type ItemFailure,
  type ItemSource,
  type ItemStage,
  type OnLeftOut,
  type PerSpace,
  type PipelineStats,
  type ProgressReporter,
  type SourceEntry,
  type StoredItem,
  type VectorStore,
} from '@fashionmatch/domain';

import type { Encoding, ImageOf, OnFault } from './encode-here.js';
import { fetchImages } from './fetch-images.js';
import { failureOf, RunFailures } from './run-failures.js';
import { nextImage, planSteps, type PlannedStep } from './plan-steps.js';
import { Planner } from './plan.js';
import type { Survey } from './run-survey.js';
import type { StageClock } from './stage-clock.js';
import { StoreUpdates } from './store-updates.js';
import type { StoredIndex } from './stored-index.js';

export interface EmbeddingRunOptions {
  readonly source: ItemSource;
  readonly encode: Encoding<ItemToEncode>;
  readonly encoderIds: PerSpace<string>;
  readonly store: VectorStore;
  readonly journal: EmbeddingJournal;
  /** Of the store's items; kept up to date by the run. */
  readonly index: StoredIndex;
  readonly progress: ProgressReporter;
  /** Told how long each stage is at work. */
  readonly clock: StageClock;
  /** Reads every file again. */
  readonly rehash?: boolean | undefined;
  /** Ends the run after so many new items. */
  readonly limit?: number | undefined;
  /** Stops the run: what is being encoded is still stored, the rest is left for the next run. */
  readonly signal?: AbortSignal | undefined;
}

type EncodeStep = Extract<PlannedStep, { readonly kind: 'encode' }>;

/** An item whose image is to be encoded. */
export type ItemToEncode = Pick<EncodeStep, 'target' | 'entry' | 'reason'>;

/**
 * One pass over one source. Reading, decoding, encoding and storing run at the same time, each a step
 * ahead of the next; each stage pulls from the one before, so that at most two batches and the images
 * being decoded are in memory.
 */
export class EmbeddingRun {
  readonly planner: Planner;
  readonly #options: EmbeddingRunOptions;
  readonly #updates: StoreUpdates;
  readonly #stats: PipelineStatsRecorder;
  readonly #failures: RunFailures;
  /** Items of which nothing changes but the time of their file. */
  readonly #touched = new Set<string>();
  #deferred: SourceEntry[] = [];
  #newItems = 0;
  /** The limit was reached, and there was more. */
  #limited = false;
  /** Entries that were seen to need nothing. */
  #idle = 0;
  /** Entries that may need something and were not come to yet. */
  #toCome = 0;

  constructor(options: EmbeddingRunOptions) {
    this.#options = options;
    this.planner = new Planner(options.index, options.rehash);
    this.#stats = new PipelineStatsRecorder(options.source.name);
    this.#failures = new RunFailures(this.#stats, options.progress);
    this.#updates = new StoreUpdates(options.store, {
      stored: (target) => {
        this.#stored(target);
      },
      refused: (target, reason) => {
        this.#failedItem(new ItemError('STORE_REFUSED', reason), 'store', target);
      },
    });
  }

  get failures(): readonly ItemFailure[] {
    return this.#stats.failures;
  }

  /** Counts so far: true for a run that was stopped or has failed, too. */
  get stats(): PipelineStats {
    return this.#stats.snapshot();
  }

  /**
   * @param survey of the same entries.
   * @param maxFailures More than this end the run.
   * @throws FashionMatchError when the run cannot go on.
   */
  async execute(entries: AsyncIterable<SourceEntry>, { total, work }: Survey, maxFailures = Infinity): Promise<void> {
    this.#failures.most = maxFailures;
    this.#stats.found(total);
    this.#toCome = work;
    let isWhole = false;
    try {
      if (work > 0) isWhole = await this.#embedAll(entries);
    } finally {
      // What needs nothing is as it should be, though a run that was stopped did not come to it.
      if (isWhole) this.#stats.completed();
      else this.#skipped(total - work - this.#idle);
    }
  }

  /** Takes what the listing passes over, of one pass through it. */
  get leftOut(): OnLeftOut {
    return this.#stats.leftOut;
  }

  /** Counts stored items that were removed since their source is gone. */
  removed(itemIds: readonly string[]): void {
    this.#stats.removed(itemIds);
  }

  /** @returns whether everything was dealt with. */
  async #embedAll(entries: AsyncIterable<SourceEntry>): Promise<boolean> {
    await this.#embed(entries);
    // Each pass stores or fails at least one of the images that the others wait for.
    while (this.#deferred.length > 0 && !this.#stopped) {
      const waiting = this.#deferred;
      this.#deferred = [];
      await this.#embed(waiting);
    }
    return !this.#stopped && !this.#limited;
  }

  #skipped(count: number): void {
    if (count <= 0) return;
    this.#idle += count;
    this.#stats.skipped(count);
    this.#advanced('skipped', count, 0);
  }

  get #stopped(): boolean {
    return this.#options.signal?.aborted ?? false;
  }

  async #embed(entries: Iterable<SourceEntry> | AsyncIterable<SourceEntry>): Promise<void> {
    const { planner } = this;
    const fetched = fetchImages(entries, { ...this.#options, planner });
    const { passedOver: onPassedOver } = this.#failures;
    const steps = planSteps(fetched, { ...this.#options, planner, onPassedOver });
    const onFault: OnFault<ItemToEncode> = async (item, error, stage) => {
      if (stage === 'decode') await this.#passOver(error, item);
      else this.#failedItem(error, stage, item.target);
    };
    const encoded = this.#options.encode(this.#imagesToEncode(steps), onFault, () => this.#toCome);
    for await (const images of encoded) {
      const items = images.map(({ of, embeddings }) => ({ ...of.target, embeddings }));
      await this.#options.clock.time('store', items.length, () => this.#updates.upsert(items));
    }
    await this.#updates.flush();
  }

  /** Takes the steps that need no encoding, and yields those that do. */
  async *#imagesToEncode(steps: AsyncIterable<PlannedStep>): AsyncGenerator<ImageOf<ItemToEncode>> {
    for await (const step of steps) {
      this.#limited = this.#newItems >= (this.#options.limit ?? Infinity);
      if (this.#stopped || this.#limited) return;
      if (step.kind !== 'skip') this.#toCome--;
      if ('reason' in step && (step.reason === 'new' || step.reason === 'duplicate')) this.#newItems++;
      if (step.kind === 'encode') {
        const { bytes, target, entry, reason } = step;
        yield { of: { target, entry, reason }, bytes };
      } else await this.#take(step);
    }
  }

  async #take(step: Exclude<PlannedStep, EncodeStep>): Promise<void> {
    switch (step.kind) {
      case 'skip':
        this.#skipped(1);
        break;
      case 'fail':
      // Its turn to be fetched was when a newer listing's image was on its way, which did not come.
      case 'fetch':
        this.#failures.failed(step.failure);
        break;
      case 'refresh':
        if (step.reason === 'touched') this.#touched.add(step.target.item.itemId);
        await this.#updates.refresh(step.target);
        break;
      case 'copy':
        if (step.reason === 'duplicate') this.#duplicate(step.target, step.from);
        await this.#updates.copy(step);
        break;
      case 'restore':
        this.#stats.fromJournal(step);
        await this.#updates.restore({ ...step.target, embeddings: step.embeddings });
        break;
      case 'defer':
        this.#deferred.push(step.entry);
    }
  }

  /** An item comes again with its next image; without one, it has failed. */
  async #passOver(error: unknown, { target, entry, reason }: ItemToEncode): Promise<void> {
    const failure = failureOf(error, 'decode', target);
    const next = await nextImage(entry, this.#options.signal);
    if (this.#stopped) return;
    if (next === undefined) {
      this.#failedItem(error, 'decode', target);
      return;
    }
    this.#failures.passedOver(failure);
    this.planner.passedOver(target, next);
    this.#deferred.push(next);
    if (reason === 'new') this.#newItems--;
  }

  #stored(target: StoredItem): void {
    this.planner.settle(target, true);
    // A file that was only touched reads the same to everyone: noting its new time is no processing.
    const outcome = this.#touched.delete(target.item.itemId) ? 'skipped' : 'processed';
    this.#stats[outcome]();
    this.#advanced(outcome);
  }

  #duplicate({ item: { itemId }, provenance }: StoredItem, duplicateOf: string): void {
    const { source, filePath: path } = provenance;
    this.#options.progress.report({ type: 'duplicate-found', source, itemId, path, duplicateOf });
  }

  /** Records an item's fault; anything else stops the run. */
  #failedItem(error: unknown, stage: ItemStage, target: StoredItem): void {
    const failure = failureOf(error, stage, target);
    this.planner.settle(target, false);
    this.#failures.failed(failure);
  }

  /** @param work How many of the items needed anything done. */
  #advanced(outcome: 'processed' | 'skipped', items = 1, work = items): void {
    this.#options.progress.report({ type: 'advanced', source: this.#options.source.name, items, work, outcome });
  }
}
