export { exportArchive, importArchive, openItemArchive } from './archive-transfer.js';
export { configJsonSchema } from './config-keys.js';
export { configTemplate } from './config-template.js';
export { explainConfig, type ExplainedSetting } from './explain-config.js';
export { configSchema, type AppConfig, type ConfigInput } from './config.js';
export { type OpenOptions } from './container/open-options.js';
export { TOKENS } from './container/tokens.js';
export { type PipelineDependencies, type SourceFactory } from './dependencies.js';
export { EmbeddingPipeline } from './embedding-pipeline.js';
export { diagnose } from './diagnose.js';
export { type Finding } from './finding.js';
export { exportItems, type ExportOptions, type ExportReport } from './export-items.js';
export { HybridScorer, type EncoderHandle, type EncoderReport } from './hybrid-scorer.js';
export { importItems, type ImportOptions, type ImportReport } from './import-items.js';
export { lastRunRate, recordLastRun } from './last-run.js';
export { DEFAULT_CONFIG_PATH, loadConfig, parseConfig, type LoadConfigOptions } from './load-config.js';
export { type SearchResult } from './nearest-items.js';
export {
  compareModels,
  inspectModels,
  pullModels,
  type CompareOptions,
  type ModelFileStatus,
  type ModelStatus,
  type PullOptions,
} from './models.js';
export { JournaledVectorStore } from './journaled-vector-store.js';
export { NO_JOURNAL } from './no-journal.js';
export { type PlannedItem } from './dry-run.js';
export { type PrecisionComparison, type SpaceComparison } from './precision-comparison.js';
export {
  SourceUnreadableError,
  type PipelineResults,
  type ProcessAllOptions,
  type ProcessOptions,
  type ProcessReferencesOptions,
  type ProcessScrapedOptions,
} from './process-options.js';
export { type Bottleneck, type RunProfile } from './run-profile.js';
export { STAGES, type Stage, type StageTime } from './stage-clock.js';
export { openDryRun, type OpenedDryRun } from './open-dry-run.js';
export { openSimilaritySearch, type OpenedSimilaritySearch } from './open-similarity-search.js';
export { openThumbnails } from './open-thumbnails.js';
export { SimilaritySearch, type SearchOptions, type TextSearchOptions } from './similarity-search.js';
export { type Thumbnails } from './thumbnails.js';
export { type TransferFailure } from './transfer-failure.js';
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
} from './verification/store-verification.js';
export { isInStep, type HalfReport, type HalfState, type StoreSurvey } from './verification/survey-tally.js';
export {
  isOutOfStep,
  readStoreStatus,
  type CollectionStatus,
  type StoreHolder,
  type StoreStatus,
} from './store-status.js';
