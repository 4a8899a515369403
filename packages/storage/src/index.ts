export {
  connectEmbeddedChroma,
  connectRemoteChroma,
  type ChromaConnection,
  type RemoteChromaOptions,
} from './chroma/connection/chroma-connection.js';
export { chromaStoreEngine, type ChromaPlace, type ChromaStoreEngineOptions } from './chroma/chroma-store-engine.js';
export { openChromaStoreHalves, type ChromaStoreHalvesOptions } from './chroma/chroma-store-half.js';
export { openChromaVectorStore, type ChromaVectorStoreOptions } from './chroma/chroma-vector-store.js';
export { readCollectionsStatus } from './chroma/collection-status.js';
export { type CollectionsStatus, type CollectionStatus } from '@fashionmatch/domain';
export {
  hasEmbeddedStore,
  openEmbeddedChroma,
  type EmbeddedChroma,
  type EmbeddedChromaOptions,
} from './chroma-server/embedded-chroma.js';
export { isStoreWanted } from './chroma-server/store-lock.js';
export { folderSize } from './chroma-server/store-folder.js';
export { stageStore, type StagedStore } from './chroma-server/staged-store.js';
export { chromaGenerationCatalogue, type GenerationCatalogueOptions } from './generations/open-generation-catalogue.js';
export { generationCollection } from './generations/generation-form.js';
export { itemArchive, readableArchive } from './archives/item-archive.js';
export { readLabels } from './labels/read-labels.js';
export { libraryVersions } from './library-versions.js';
export { openLmdbEmbeddingJournal, type LmdbEmbeddingJournalOptions } from './journal/lmdb-embedding-journal.js';
export { referenceFolder, referenceId, type ReferenceFolderOptions } from './sources/reference-folder.js';
export { readRegularFile, realPathWithin, type SafeReadOptions } from './files/safe-open.js';
export {
  loadBatch,
  MAX_BATCH_FILE_BYTES,
  type LoadedBatch,
  type RejectedListing,
} from './sources/scraped-batch-folder.js';
export { listBatches } from './sources/listings/find-batches.js';
export { storedImages, type StoredImages, type StoredImagesOptions } from './sources/stored-images.js';
export { type IsImage } from './sources/image-names.js';
export { passedOverIn, type NameRules } from './sources/name-rules.js';
export { scrapedBatches, type ScrapedBatchesOptions } from './sources/scraped-batches.js';
export { type StoreHolder } from './chroma-server/store-holder.js';
export { openWriterLease, type LeaseTimes, type WriterLeaseOptions } from './chroma/lease/writer-lease.js';
export { downloadImage } from './sources/image-download/download-image.js';
export {
  ImageDownloader,
  type DownloadTimes,
  type ImageDownloaderOptions,
} from './sources/image-download/image-downloader.js';
