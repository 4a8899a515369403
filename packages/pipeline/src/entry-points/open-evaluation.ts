import { dirname, isAbsolute, join } from 'node:path';

import {
  seededRandom,
  type DualEmbedding,
  type FusionWeights,
  type LabelledQuery,
  type TextFilterField,
  type VectorStore,
} from '@fashionmatch/domain';

import { batches } from '../batches.js';
import type { OpenOptions } from '../container/open-options.js';
import { evaluateSearch, type Evaluation, type EvaluationOptions } from '../evaluation/evaluate-search.js';
import { queriesByField, type EvaluationQuery } from '../evaluation/evaluation-queries.js';
import type { HybridScorer } from '../hybrid-scorer.js';
import { journaled } from '../journaled-vector-store.js';
import { progressLog } from '../progress-log.js';
import { isEmptyStore } from '../search/is-empty-store.js';
import type { Thumbnails } from '../search/thumbnails.js';

export interface OpenedEvaluation extends AsyncDisposable {
  /** What is searched. */
  readonly store: Pick<VectorStore, 'filterStored' | 'getByIds'>;
  /** Whether nothing is stored. */
  isEmpty(): Promise<boolean>;
  readonly scorer: Pick<HybridScorer, 'describe' | 'weights'>;
  readonly thumbnails: Pick<Thumbnails, 'ofFile' | 'ofItem'>;
  /** See {@link queriesByField}; the same store and count give the same queries. */
  queriesByField(field: TextFilterField, count: number): Promise<EvaluationQuery[]>;
  /** How many of the right answers are not stored, so that no search can find them. */
  countUnknown(labels: readonly LabelledQuery[]): Promise<number>;
  /**
   * See {@link evaluateSearch}. The log is told how far it is.
   *
   * @param options.weights the configuration's when not given.
   */
  evaluate(
    queries: readonly EvaluationQuery[],
    options: Omit<EvaluationOptions, 'onProgress' | 'weights'> & { readonly weights?: FusionWeights | undefined },
  ): Promise<Evaluation>;
}

export interface OpenEvaluationOptions extends OpenOptions {
  /** The folder of the images that queries name. They lie below it, or they are not read. */
  readonly imageFolder: string;
}

const SEED = 20_250_115;
const ASKED_AT_ONCE = 1_000;

/**
 * Opens what measures how well the store that the configuration names is searched. Joins a server that an embedding run
 * keeps open, and creates nothing.
 *
 * @throws FashionMatchError when the configuration, a model or the store is not usable.
 */
export async function openEvaluation({ imageFolder, ...options }: OpenEvaluationOptions): Promise<OpenedEvaluation> {
  const { openDependencies } = await import('../container/open-dependencies.js');
  const { dependencies, thumbnails, close } = await openDependencies({ access: 'read', ...options });
  const { vectorStore, journal, scorer, decoder, sources } = dependencies;
  const store = journaled(vectorStore, journal, scorer.handles);
  const embed = async (query: string): Promise<DualEmbedding> => {
    const image = await decoder.decode(await sources.readImage(queryImagePath(imageFolder, query), imageFolder));
    const [embedding] = await scorer.encodeDual([image]);
    if (!embedding) throw new RangeError('An encoder gave no vector for an image');
    return embedding;
  };
  return {
    store,
    isEmpty: () => isEmptyStore(store),
    scorer,
    thumbnails,
    queriesByField: (field, count) => queriesByField(store, field, count, seededRandom(SEED)),
    countUnknown: async (labels) => {
      const relevant = new Set(labels.flatMap(({ judged }) => [...judged.keys()]));
      let known = 0;
      for await (const some of batches(relevant, ASKED_AT_ONCE)) known += (await store.filterStored(some)).size;
      return relevant.size - known;
    },
    evaluate: (queries, { weights = scorer.weights, ...how }) => {
      const onProgress = progressLog(dependencies.logger, 'Tried', queries.length);
      return evaluateSearch({ store, embed }, queries, { ...how, weights, onProgress });
    },
    [Symbol.asyncDispose]: close,
  };
}

/** Where the image of a query lies that is no stored item. */
export function queryImagePath(folder: string, query: string): string {
  return isAbsolute(query) ? query : join(folder, query);
}

/** Reads which items are right answers to which queries. @throws FashionMatchError `USAGE_INVALID` */
export async function readLabels(path: string): Promise<{ labels: LabelledQuery[]; folder: string }> {
  const { readLabels } = await import('../container/labels.js');
  return { labels: await readLabels(path), folder: dirname(path) };
}
