export { adoptStore, type AdoptionReport, type AdoptStoreOptions } from './entry-points/adopt-store.js';
export { type Agreement, type SampleComparison } from './adoption/sample-comparison.js';
export { type AdoptedItems, type AdoptionFailure } from './adoption/adopt-items.js';
export {
  encodersOf,
  exportArchive,
  importArchive,
  openItemArchive,
  openReadableArchive,
  type ImportArchiveOptions,
} from './entry-points/archive-transfer.js';
export { configJsonSchema } from './config/config-keys.js';
export { configTemplate } from './config/config-template.js';
export { explainConfig, type ExplainedSetting } from './config/explain-config.js';
export { type AppConfig } from './config/app-config.js';
export { configSchema, type ConfigInput } from './config/config.js';
export { type OpenOptions, type Replacement } from './container/open-options.js';
export { type Adapters } from './container/tokens.js';
export { type PipelineDependencies, type SourceFactory } from './dependencies.js';
export { ItemBrowser, type ItemPage, type ValuesField } from './browsing/item-browser.js';
export { type ItemOrder, type ItemOrderField } from './browsing/item-order.js';
export { type ItemPageQuery } from './browsing/listed-page.js';
export { KeptColumns } from './search/kept-columns.js';
export { EmbeddingPipeline } from './entry-points/embedding-pipeline.js';
export { copyThresholds } from './duplicates/copy-thresholds.js';
export {
  BackgroundDuplicates,
  type DuplicatesSource,
  type DuplicatesState,
  type FoundGroup,
} from './duplicates/background-duplicates.js';
export { openDuplicates, type OpenedDuplicates } from './entry-points/open-duplicates.js';
export {
  findDuplicates,
  type DuplicateGroup,
  type DuplicateItem,
  type DuplicateReport,
  type FindDuplicatesOptions,
} from './duplicates/find-duplicates.js';
export { diagnose } from './entry-points/diagnose.js';
export { type Finding } from './doctor/finding.js';
export {
  openEvaluation,
  queryImagePath,
  readLabels,
  type OpenedEvaluation,
  type OpenEvaluationOptions,
} from './entry-points/open-evaluation.js';
export {
  compareEvaluations,
  type EvaluatedQuery,
  type Evaluation,
  type EvaluationComparison,
  type EvaluationOptions,
  type FailedQuery,
  type WeightsSweep,
} from './evaluation/evaluate-search.js';
export { ofLabels, type EvaluationQuery } from './evaluation/evaluation-queries.js';
export { exportItems, type ExportOptions, type ExportReport } from './transfer/export-items.js';
export {
  beginGeneration,
  dropGeneration,
  listGenerations,
  planGeneration,
  resolveGeneration,
  useGeneration,
  type GenerationOptions,
  type GenerationReport,
} from './entry-points/generations.js';
export { HybridScorer, type EncoderHandle, type EncoderReport } from './hybrid-scorer.js';
export { importItems, type ImportOptions, type ImportReport } from './transfer/import-items.js';
export { refreshScores } from './entry-points/notes/kept-scores.js';
export { confidentHits } from './search/judged-hits.js';
export { lastRunRate, recordLastRun } from './entry-points/notes/last-run.js';
export { lastScheduledRun, recordScheduledRun } from './entry-points/notes/scheduled-run.js';
export { DEFAULT_CONFIG_PATH, loadConfig, parseConfig, type LoadConfigOptions } from './config/load-config.js';
export { type FilterHint } from './search/filter-hint.js';
export { type SearchResult } from './search/nearest-items.js';
export {
  checkModel,
  compareModels,
  inspectModels,
  pullModels,
  readsTexts,
  type CompareOptions,
  type EncoderCheck,
  type ModelCheck,
  type ModelFileStatus,
  type ModelStatus,
  type PullOptions,
} from './entry-points/models.js';
export { JournaledVectorStore } from './journaled-vector-store.js';
export { NO_JOURNAL } from './no-journal.js';
export { type PlannedItem } from './embedding/dry-run.js';
export { type PrecisionComparison, type SpaceComparison } from './precision-comparison.js';
export {
  SourceUnreadableError,
  type PipelineResults,
  type ProcessAllOptions,
  type ProcessOptions,
  type ProcessReferencesOptions,
  type ProcessScrapedOptions,
} from './embedding/process-options.js';
export { type Bottleneck, type RunProfile } from './embedding/run-profile.js';
export { STAGES, type Stage, type StageTime } from './embedding/stage-clock.js';
export {
  openEncodingWorker,
  type OpenedEncodingWorker,
  type OpenWorkerOptions,
} from './entry-points/open-encoding-worker.js';
export { type EncodingWorker, type WorkerCounts } from './working/encoding-worker.js';
export { type WorkerRoot } from './working/worker-roots.js';
export { storeBytes } from './entry-points/store-bytes.js';
export { type Spread } from './embedding/encode-elsewhere.js';
export { openDryRun, type OpenedDryRun } from './entry-points/open-dry-run.js';
export { type QueryPart, type Region } from './search/query-parts.js';
export {
  downloadQueryImage,
  isStoreWaitedFor,
  openSimilaritySearch,
  type OpenedSimilaritySearch,
} from './entry-points/open-similarity-search.js';
export { passedOverNames } from './entry-points/passed-over-names.js';
export { openThumbnails } from './entry-points/open-thumbnails.js';
export { SimilaritySearch, type SearchOptions, type TextSearchOptions } from './search/similarity-search.js';
export { type SquareThumbnail, type Thumbnails } from './search/thumbnails.js';
export { type TransferFailure } from './transfer/transfer-failure.js';
export { ITEM_FAULTS, type ItemFault, type ItemFaultKind } from './verification/item-faults.js';
export {
  type Removal,
  type RepairOptions,
  type RepairReport,
  type UnmendableItem,
} from './verification/store-repair.js';
export {
  StoreVerification,
  type OpenVerificationOptions,
  type RepairOutcome,
} from './entry-points/store-verification.js';
export { isInStep, type HalfReport, type HalfState, type StoreSurvey } from './verification/survey-tally.js';
export { hasDrift, readStoreStatus, type CheckedStatus } from './entry-points/read-status.js';
export { type SpotCheck } from './verification/spot-check.js';
export { isOutOfStep, type CollectionStatus, type StoreHolder, type StoreStatus } from '@fashionmatch/domain';
export { openSourceSurvey, type OpenedSourceSurvey, type SurveySourcesOptions } from './entry-points/survey-sources.js';
