export {
  cosine,
  dot,
  EMBEDDING_SPACES,
  lengthOf,
  normalise,
  otherSpace,
  perSpace,
  perSpaceAsync,
  sameVector,
  UNIT_LENGTH_TOLERANCE,
  type DualEmbedding,
  type EmbeddingSpace,
  type PerSpace,
} from './embedding.js';
export { waysToUse, type EncoderFingerprint } from './encoder-fingerprint.js';
export {
  BatchInsertError,
  CollectionError,
  EmbeddingDimensionError,
  FATAL_CODES,
  FilterTooLargeError,
  FashionMatchError,
  ITEM_CODES,
  ItemError,
  itemFailure,
  ItemNotFoundError,
  reasonOf,
  StoreBusyError,
  VectorStoreError,
  type FatalCode,
  type ItemCode,
  type ItemErrorOptions,
  type ItemFailure,
  type ItemStage,
  type UpsertFailure,
} from './errors.js';
export {
  ITEM_SOURCES,
  type EmbeddedItem,
  type FashionItem,
  type ItemSourceName,
  type Provenance,
  type StoredItem,
} from './fashion-item.js';
export {
  compareHits,
  fuse,
  fusedSearch,
  normaliseWeights,
  type FusedHit,
  type FusedSearchSpace,
  type FusionWeights,
  type ListedItem,
} from './search/fusion.js';
export {
  LeftOutTally,
  leftOutText,
  type LeftOut,
  type LeftOutCount,
  type LeftOutReason,
  type OnLeftOut,
} from './left-out.js';
export {
  sameMetadata,
  sameStored,
  seenValues,
  STORED_FIELDS,
  storedEntries,
  storedItemOf,
  type StoredField,
} from './item-fields.js';
export { documentOf, MAX_DOCUMENT_LENGTH } from './item-document.js';
export { type BatchSurvey } from './batch-survey.js';
export { LISTING_FIELDS, type FileMapping, type ListingField, type ListingMapping } from './listing-mapping.js';
export { CUT_MARK, cutDescription, MAX_ID_LENGTH, MAX_TEXT_LENGTH } from './item-limits.js';
export { Groups } from './duplicates/groups.js';
export { NearCopies, type NearCopy } from './duplicates/near-copies.js';
export { bootstrap, isNoise, meanOf, type Estimate } from './evaluation/bootstrap.js';
export { chooseWeights, LEAST_QUERIES, type WeightsProposal, type WeightsTrial } from './evaluation/choose-weights.js';
export { type LabelledQuery } from './evaluation/labelled-query.js';
export { rankingMetrics, type Judgements, type MetricValues } from './evaluation/ranking-metrics.js';
export { FilterSyntaxError } from './search/filter-tokens.js';
export { foldText } from './search/fold-text.js';
export {
  FILTER_FIELDS,
  filterValueOf,
  itemTest,
  matchesFilter,
  rowTest,
  valueTest,
  isTextField,
  writtenFieldName,
  type FilterField,
  type FilterTest,
  type LooseTest,
  type MetadataFilter,
  type StoreFilter,
  type TextFilterField,
} from './search/metadata-filter.js';
export { parseMetadataFilter } from './search/parse-metadata-filter.js';
export {
  closenessOf,
  LEAST_PAIRS,
  percentiles,
  sampleScores,
  type Closeness,
  type ScoreSample,
} from './search/score-sample.js';
export { assertedTests, looseFieldsOf, narrow, type Narrowing } from './search/store-filter.js';
export { timeOf } from './search/time-span.js';
export { permissionErrorOf } from './permission-error.js';
export {
  FAILURES_KEPT,
  PipelineStatsRecorder,
  sumStats,
  type PipelineStats,
  type TotalStats,
} from './pipeline-stats.js';
export { type EmbeddingJournal, type JournalSize, type VectorOrigin } from './ports/embedding-journal.js';
export {
  MAIN_GENERATION,
  type Generation,
  type GenerationCatalogue,
  type GenerationModels,
  type Generations,
} from './ports/generation-catalogue.js';
export { type DecodedImage, type ImageDecoder } from './ports/image-decoder.js';
export {
  type EncodeOutcome,
  type EncoderModel,
  type ImageEncoder,
  type PreprocessedImage,
} from './ports/image-encoder.js';
export {
  type ArchiveDimensions,
  type ArchivedItem,
  type ArchiveEntry,
  type ArchiveVectors,
  type ArchiveWriteOptions,
  type ItemArchive,
  type OpenedItemArchive,
  type ReadableArchive,
} from './ports/item-archive.js';
export {
  type ImageFile,
  type ItemSource,
  type SourceEntry,
  type NextImage,
  type RemoteImage,
  type SourceFault,
  type SourceItem,
} from './ports/item-source.js';
export { type LogFields, type Logger } from './ports/logger.js';
export { type ProgressEvent, type ProgressReporter } from './ports/progress-reporter.js';
export { type StoreAccess, type StoreEngine } from './ports/store-engine.js';
export { type HalfRecord, type HalfRow, type StoreHalf } from './ports/store-half.js';
export {
  isOutOfStep,
  type CollectionsStatus,
  type CollectionStatus,
  type StoreHolder,
  type StoreStatus,
} from './ports/store-status.js';
export { type TextTower } from './ports/text-tower.js';
export {
  batchInsertResult,
  type BatchInsertResult,
  type NeighbourQuery,
  type ScoredId,
  type VectorStore,
} from './ports/vector-store.js';
export {
  type JobOutcome,
  type WorkCounts,
  type WorkFault,
  type WorkImage,
  type WorkJob,
  type WorkOptions,
  type WorkQueue,
  type WorkResult,
} from './ports/work-queue.js';
export { Resources } from './resources.js';
export { seededRandom } from './seeded-random.js';
export { vintedItemToFashionItem, type ScrapedBatch, type VintedItem } from './vinted-item.js';
