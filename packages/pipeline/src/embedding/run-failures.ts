import {
  FashionMatchError,
  ItemError,
  itemFailure,
  type ItemFailure,
  type ItemStage,
  type PipelineStatsRecorder,
  type ProgressReporter,
  type StoredItem,
} from '@fashionmatch/domain';

/** What fails in a run: counted and told; too much of it ends the run. */
export class RunFailures {
  /** More than this end the run. */
  most = Infinity;
  readonly #stats: PipelineStatsRecorder;
  readonly #progress: ProgressReporter;
  /** What is wrong with the first image of items whose next ones are tried. */
  readonly #passedOver = new Map<string, ItemFailure>();
  #count = 0;

  constructor(stats: PipelineStatsRecorder, progress: ProgressReporter) {
    this.#stats = stats;
    this.#progress = progress;
  }

  /** @throws FashionMatchError `TOO_MANY_FAILURES` */
  readonly failed = (last: ItemFailure): void => {
    const failure = this.#passedOver.get(last.itemId) ?? last;
    this.#stats.failed(failure);
    this.#progress.report({ type: 'item-failed', source: failure.source, failure });
    this.#progress.report({ type: 'advanced', source: failure.source, items: 1, work: 1, outcome: 'failed' });
    if (++this.#count <= this.most) return;
    throw new FashionMatchError(
      'TOO_MANY_FAILURES',
      `${String(this.#count)} items failed, more than the ${String(this.most)} allowed: see why above, mend it, and run again.`,
    );
  };

  /** Not yet a failure, but what it will be when no other image of the item can be used. */
  readonly passedOver = (failure: ItemFailure): void => {
    if (!this.#passedOver.has(failure.itemId)) this.#passedOver.set(failure.itemId, failure);
    this.#progress.report({ type: 'image-passed-over', source: failure.source, failure });
  };
}

/** An item's fault, for the record; anything else is thrown again. */
export function failureOf(error: unknown, stage: ItemStage, { item, provenance }: StoredItem): ItemFailure {
  if (!(error instanceof ItemError)) throw error;
  const { source, filePath: path } = provenance;
  return itemFailure(error, { itemId: item.itemId, source, stage, path });
}
