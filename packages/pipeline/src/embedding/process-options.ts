import { FashionMatchError, type ItemSourceName, type PipelineStats, type SourceEntry } from '@fashionmatch/domain';

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
  /** Reads every file again: one of the same size and time may have other content. */
  readonly rehash?: boolean | undefined;
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
