import type { Judgements } from './ranking-metrics.js';

/** A query whose right answers somebody named. */
export interface LabelledQuery {
  /** The id of a stored item, else the path of an image file. */
  readonly query: string;
  readonly judged: Judgements;
}
