export {
  connectEmbeddedChroma,
  connectRemoteChroma,
  type ChromaConnection,
  type RemoteChromaOptions,
} from './chroma-connection.js';
export { openChromaStoreHalves, type ChromaStoreHalvesOptions } from './chroma-store-half.js';
export { openChromaVectorStore, type ChromaVectorStoreOptions } from './chroma-vector-store.js';
export { holdsItems } from './collection-pair.js';
export { readCollectionsStatus, type CollectionsStatus, type CollectionStatus } from './collection-status.js';
export {
  hasEmbeddedStore,
  openEmbeddedChroma,
  type EmbeddedChroma,
  type EmbeddedChromaOptions,
} from './embedded-chroma.js';
export { itemArchive } from './item-archive.js';
export { libraryVersions } from './library-versions.js';
export { openLmdbEmbeddingJournal, type LmdbEmbeddingJournalOptions } from './lmdb-embedding-journal.js';
export { referenceFolder, referenceId, type ReferenceFolderOptions } from './reference-folder.js';
export { readRegularFile, type SafeReadOptions } from './safe-open.js';
export {
  listBatches,
  loadBatch,
  MAX_BATCH_FILE_BYTES,
  type LoadedBatch,
  type RejectedListing,
} from './scraped-batch-folder.js';
export { scrapedBatches, type ScrapedBatchesOptions } from './scraped-batches.js';
export { findStoreHolder, folderSize } from './store-folder.js';
export { findWriter } from './lease-watch.js';
export { type StoreHolder } from './store-holder.js';
export { openWriterLease, type LeaseTimes, type WriterLeaseOptions } from './writer-lease.js';
