import type { ItemFailure } from '../errors.js';
import type { ItemSourceName } from '../fashion-item.js';
import type { PipelineStats } from '../pipeline-stats.js';
import type { WorkCounts } from './work-queue.js';

/** What happens in a run, in the order in which it happens. */
export type ProgressEvent =
  | { readonly type: 'source-started'; readonly source: ItemSourceName }
  /** The plan is known: `total` entries, of which `work` need reading. */
  | { readonly type: 'planned'; readonly source: ItemSourceName; readonly total: number; readonly work: number }
  /** Entries that are dealt with; `work` of them needed reading, which is what takes time. */
  | {
      readonly type: 'advanced';
      readonly source: ItemSourceName;
      readonly items: number;
      readonly work: number;
      readonly outcome: 'processed' | 'skipped' | 'failed';
    }
  | { readonly type: 'item-failed'; readonly source: ItemSourceName; readonly failure: ItemFailure }
  /** An item's image cannot be used, and the one that comes after it is tried; `failure` is what it would have come to. */
  | { readonly type: 'image-passed-over'; readonly source: ItemSourceName; readonly failure: ItemFailure }
  /** A new item has the image of one that is stored, whose vectors it is given. */
  | {
      readonly type: 'duplicate-found';
      readonly source: ItemSourceName;
      readonly itemId: string;
      readonly path: string;
      readonly duplicateOf: string;
    }
  /** A model's file is on its way; `total` is unknown when its server does not say. Bytes. */
  | {
      readonly type: 'download-advanced';
      readonly model: string;
      readonly path: string;
      readonly received: number;
      readonly total: number | undefined;
    }
  /** Every few seconds while others encode. */
  | { readonly type: 'queue-counted'; readonly counts: WorkCounts }
  | { readonly type: 'source-finished'; readonly source: ItemSourceName; readonly stats: PipelineStats };

/** Shows a run to whoever watches it. Never throws and never waits. */
export interface ProgressReporter {
  report(event: ProgressEvent): void;
}
