import type { PerSpace } from '../embedding.js';
import type { EncoderFingerprint } from '../encoder-fingerprint.js';
import type { EmbeddingJournal } from './embedding-journal.js';
import type { StoreHalf } from './store-half.js';
import type { StoreStatus } from './store-status.js';
import type { VectorStore } from './vector-store.js';

/**
 * What a store is opened for: `read` goes beside whoever writes, and creates nothing; `write` is alone, and makes what
 * is not there; `check` is alone, and neither makes nor writes anything; `mend` is alone, and makes what is missing
 * where anything is left to mend it from; `adopt` is alone, and the only one to open what another program wrote in a
 * form that opening would change.
 */
export type StoreAccess = 'read' | 'write' | 'check' | 'mend' | 'adopt';

/**
 * A place where items are stored, and how it is opened. Nothing is opened before it is asked for, and everything that
 * was is closed when the engine is disposed of. All methods reject with a FashionMatchError when the place is not
 * usable: `STORE_LOCKED` names who has it, `STORE_UNREACHABLE` says what does not answer.
 */
export interface StoreEngine extends AsyncDisposable {
  /** On this machine, where notes about the store may lie; undefined where it is kept elsewhere. */
  readonly folder: string | undefined;

  /** Whether there is an item to be found, whichever encoders it is of. */
  exists(): Promise<boolean>;

  /** What is there. Goes beside whoever has the store, creates nothing, and needs to know no encoder. */
  status(): Promise<StoreStatus>;

  /**
   * The store for vectors of these encoders; an empty one, which cannot be written, where a reader finds none.
   *
   * @throws CollectionError `ENCODER_MISMATCH` when what is stored is another encoder's.
   */
  open(encoders: PerSpace<EncoderFingerprint>): Promise<VectorStore>;

  /** Both halves of the store, each by itself and in whatever state it is. @throws as {@link open} does. */
  halves(encoders: PerSpace<EncoderFingerprint>): Promise<PerSpace<StoreHalf>>;

  /** Removes both halves, whichever encoders they are of; for a writer only. What the journal remembers stays. */
  drop(): Promise<void>;

  /** What remembers the vectors beside the store; undefined where nothing does. */
  journal(): Promise<EmbeddingJournal | undefined>;
}
