import {
  BatchInsertError,
  EMBEDDING_SPACES,
  EmbeddingDimensionError,
  ItemNotFoundError,
  lengthOf,
  reasonOf,
  UNIT_LENGTH_TOLERANCE,
  VectorStoreError,
  type BatchInsertResult,
  type EmbeddedItem,
  type EmbeddingSpace,
  type NeighbourQuery,
  type PerSpace,
  type ScoredId,
  type StoredItem,
  type UpsertFailure,
  type VectorStore,
} from '@fashionmatch/domain';

import { ROWS_PER_REQUEST, type VectorRecord } from './chroma-collection.js';
import type { ChromaConnection } from './chroma-connection.js';
import { ChromaRefusal } from './chroma-faults.js';
import { fromChromaRecord, toChromaRecord, type ChromaMetadata } from './chroma-record.js';
import { chunksOf } from './chunks-of.js';
import {
  ensureCollectionPair,
  findCollectionPair,
  replaceCollectionPair,
  type CollectionPair,
  type CollectionPairOptions,
} from './collection-pair.js';
import { isolateRefused } from './isolate-refused.js';
import { toWhere } from './metadata-filter-where.js';

export interface ChromaVectorStoreOptions extends Omit<CollectionPairOptions, 'connection'> {
  /** Undefined where there is no server because nothing was ever stored: the store is then empty, for reading. */
  readonly connection: ChromaConnection | undefined;
  /** Items an upsert, at most what the server takes; 100 unless given: a crash then leaves Chroma's index whole. */
  readonly batchSize?: number | undefined;
  /** False for those who only read: collections that are not there are not made, and the store is empty. */
  readonly create?: boolean | undefined;
  /** Whether collections of another encoder are to be emptied; an error unless given. */
  readonly replaceOther?: boolean | undefined;
}
