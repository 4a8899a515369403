import {
  ItemError,
  PipelineStatsRecorder,
  reasonOf,
  type DualEmbedding,
  type EmbeddedItem,
  type EmbeddingJournal,
  type ImageDecoder,
  type ItemFailure,
  type ItemSource,
  type ItemStage,
  type PerSpace,
  type PipelineStats,
  type PreprocessedImage,
  type ProgressReporter,
  type SourceEntry,
  type SourceItem,
  type StoredItem,
  type VectorStore,
} from '@fashionmatch/domain';
import { pMapIterable } from 'p-map';

import { batches } from './batches.js';
import type { HybridScorer } from './hybrid-scorer.js';
import { Planner } from './plan.js';
import { StoreUpdates } from './store-updates.js';
import type { StoredIndex } from './stored-index.js';

export interface EmbeddingRunOptions {
  readonly source: ItemSource;
  readonly decoder: ImageDecoder;
  readonly scorer: HybridScorer;
  readonly store: VectorStore;
  readonly journal: EmbeddingJournal;
  /** Of the store's items; kept up to date by the run. */
  readonly index: StoredIndex;
  readonly progress: ProgressReporter;
  /** Images an encoding call. */
  readonly batchSize: number;
  /** Images decoded at once. */
  readonly decodeConcurrency: number;
  /** Stops the run: what is being encoded is still stored, the rest is left for the next run. */
  readonly signal?: AbortSignal | undefined;
}

interface ReadImage {
  readonly entry: SourceItem;
  readonly bytes: Uint8Array;
  readonly contentSha256: string;
  /** Paths of stored items with the same content whose file is no longer there. */
  readonly gone: ReadonlySet<string>;
  /** The image's vectors, when they were made before. */
  readonly remembered: DualEmbedding | undefined;
}

interface NewImage {
  readonly target: StoredItem;
  readonly bytes: Uint8Array;
}

interface ReadyImage {
  readonly target: StoredItem;
  readonly image: PerSpace<PreprocessedImage>;
}

/** Files read ahead of their decoding: enough to hide a disk's latency, few enough to wait in memory. */
const READ_AHEAD = 4;

/**
 * One pass over one source. Reading, decoding, encoding and storing run at the same time, each a step
 * ahead of the next; each stage pulls from the one before, so that at most two batches and the images
 * being decoded are in memory.
 */
export class EmbeddingRun {
  readonly #options: EmbeddingRunOptions;
  readonly #planner: Planner;
  readonly #updates: StoreUpdates;
  readonly #stats: PipelineStatsRecorder;
  readonly #touched = new Set<string>();
  #deferred: SourceItem[] = [];

  constructor(options: EmbeddingRunOptions) {
    this.#options = options;
    this.#planner = new Planner(options.index);
    this.#stats = new PipelineStatsRecorder(options.source.name);
    this.#updates = new StoreUpdates(options.store, {
      stored: (target) => {
        this.#stored(target);
      },
      refused: (target, reason) => {
        this.#refused(target, reason);
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

  /** @throws FashionMatchError when the run cannot go on. */
  async execute(entries: AsyncIterable<SourceEntry>): Promise<void> {
    await this.#embed(this.#screen(entries));
    // Each pass stores or fails at least one of the images that the others wait for.
    while (this.#deferred.length > 0 && !this.#stopped) {
      const waiting = this.#deferred;
      this.#deferred = [];
      await this.#embed(waiting);
    }
  }

  /** Records that nothing of the listing needs doing. */
  skipAll(count: number): void {
    for (let i = 0; i < count; i++) {
      this.#stats.listed();
      this.#stats.skipped();
    }
    this.#options.progress.report({ type: 'advanced', source: this.#options.source.name, items: count });
  }

  get #stopped(): boolean {
    return this.#options.signal?.aborted ?? false;
  }

  async #embed(entries: Iterable<SourceItem> | AsyncIterable<SourceItem>): Promise<void> {
    const { decodeConcurrency, batchSize } = this.#options;
    const read = pMapIterable(entries, (entry) => this.#read(entry), { concurrency: READ_AHEAD });
    const ready = pMapIterable(this.#decide(read), (image) => this.#prepare(image), {
      concurrency: decodeConcurrency,
    });
    // A backpressure of 2: one batch is encoded while the next one fills, and while the one before is stored.
    const encoded = pMapIterable(batches(present(ready), batchSize), (batch) => this.#encode(batch), {
      concurrency: 1,
      backpressure: 2,
    });
    for await (const items of encoded) await this.#upsert(items);
    await this.#updates.flush();
  }

  /** Settles what the listing alone can settle, and yields what has to be read. */
  async *#screen(entries: AsyncIterable<SourceEntry>): AsyncGenerator<SourceItem> {
    for await (const entry of entries) {
      if (this.#stopped) return;
      this.#stats.listed();
      const screening = this.#planner.screen(entry);
      switch (screening.kind) {
        case 'inspect':
          yield screening.entry;
          break;
        case 'refresh':
          await this.#updates.refresh(screening.target);
          break;
        case 'skip':
          this.#skipped();
          break;
        case 'fail':
          this.#failed(screening.failure);
      }
    }
  }

  async #read(entry: SourceItem): Promise<ReadImage | undefined> {
    if (this.#stopped) return undefined;
    const { source, index } = this.#options;
    try {
      const bytes = await source.read(entry);
      const contentSha256 = await sha256Of(bytes);
      const gone = new Set<string>();
      for (const { filePath } of index.withContent(contentSha256)) {
        if (!(await source.exists(filePath))) gone.add(filePath);
      }
      return { entry, bytes, contentSha256, gone, remembered: await this.#recall(contentSha256) };
    } catch (error) {
      this.#failedWith(error, 'decode', entry.itemId, entry.file.path);
      return undefined;
    }
  }

  async #recall(contentSha256: string): Promise<DualEmbedding | undefined> {
    const { journal, scorer } = this.#options;
    const [clip, dino] = await Promise.all([
      journal.getVectors(scorer.handles.clip.id, [contentSha256]),
      journal.getVectors(scorer.handles.dino.id, [contentSha256]),
    ]);
    const [forClip, forDino] = [clip.get(contentSha256), dino.get(contentSha256)];
    return forClip && forDino && { clip: forClip, dino: forDino };
  }

  /** Decides in the order of the listing, whatever order the files were read in; yields what has to be encoded. */
  async *#decide(images: AsyncIterable<ReadImage | undefined>): AsyncGenerator<NewImage> {
    for await (const { entry, bytes, contentSha256, gone, remembered } of present(images)) {
      if (this.#stopped) return;
      const decision = this.#planner.decide(entry, contentSha256, gone);
      switch (decision.kind) {
        case 'encode':
          if (remembered) await this.#updates.restore({ ...decision.target, embeddings: remembered });
          else yield { target: decision.target, bytes };
          break;
        case 'refresh':
          if (decision.reason === 'touched') this.#touched.add(decision.target.item.itemId);
          await this.#updates.refresh(decision.target);
          break;
        case 'copy':
          await this.#updates.copy(decision);
          break;
        case 'defer':
          this.#deferred.push(decision.entry);
      }
    }
  }

  async #prepare({ target, bytes }: NewImage): Promise<ReadyImage | undefined> {
    if (this.#stopped) return undefined;
    try {
      const decoded = await this.#options.decoder.decode(bytes);
      return { target, image: await this.#options.scorer.preprocess(decoded) };
    } catch (error) {
      this.#planner.settle(target, false);
      this.#failedWith(error, 'decode', target.item.itemId, target.provenance.filePath);
      return undefined;
    }
  }

  async #encode(batch: readonly ReadyImage[]): Promise<EmbeddedItem[]> {
    if (this.#stopped) return [];
    const outcomes = await this.#options.scorer.encodePreprocessed(batch.map(({ image }) => image));
    return batch.flatMap(({ target }, i) => {
      const embeddings = outcomes[i];
      if (embeddings !== undefined && !(embeddings instanceof ItemError)) return [{ ...target, embeddings }];
      this.#planner.settle(target, false);
      this.#failedWith(embeddings, 'encode', target.item.itemId, target.provenance.filePath);
      return [];
    });
  }

  async #upsert(items: readonly EmbeddedItem[]): Promise<void> {
    if (items.length === 0) return;
    const { failures } = await this.#options.store.upsert(items);
    const refusals = new Map(failures.map(({ itemId, reason }) => [itemId, reason]));
    for (const item of items) {
      const reason = refusals.get(item.item.itemId);
      if (reason === undefined) this.#stored(item);
      else this.#refused(item, reason);
    }
  }

  #stored(target: StoredItem): void {
    this.#planner.settle(target, true);
    // A file that was only touched reads the same to everyone: noting its new time is no processing.
    if (this.#touched.delete(target.item.itemId)) {
      this.#skipped();
      return;
    }
    this.#stats.processed();
    this.#advanced();
  }

  #refused(target: StoredItem, reason: string): void {
    this.#planner.settle(target, false);
    const error = new ItemError('STORE_REFUSED', reason);
    this.#failedWith(error, 'store', target.item.itemId, target.provenance.filePath);
  }

  #skipped(): void {
    this.#stats.skipped();
    this.#advanced();
  }

  /** Records an item's fault; anything else stops the run. */
  #failedWith(error: unknown, stage: ItemStage, itemId: string, path: string): void {
    if (!(error instanceof ItemError)) throw error;
    const { name: source } = this.#options.source;
    this.#failed({ itemId, source, stage, code: error.code, reason: reasonOf(error), path });
  }

  #failed(failure: ItemFailure): void {
    this.#stats.failed(failure);
    this.#options.progress.report({ type: 'item-failed', source: failure.source, failure });
    this.#advanced();
  }

  #advanced(): void {
    this.#options.progress.report({ type: 'advanced', source: this.#options.source.name, items: 1 });
  }
}

async function* present<T>(items: AsyncIterable<T | undefined>): AsyncGenerator<T> {
  for await (const item of items) if (item !== undefined) yield item;
}

/** Lower-case hex, computed off the main thread. */
async function sha256Of(bytes: Uint8Array): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex');
}
