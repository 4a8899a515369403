export { encoderId, RESAMPLES, settingsBehind, type Resample } from './encoder-id.js';
export { encodingTurns, type Turns } from './encoding-turns.js';
export {
  GOLDEN_FILES,
  GOLDEN_TOLERANCE,
  pixelsSha256,
  readGolden,
  type Golden,
  type GoldenFile,
  type GoldenModel,
} from './golden.js';
export { type DownloadProgress, type HubAccessOptions } from './hub-access.js';
export { type Environment } from './huggingface-cache.js';
export { libraryVersions } from './library-versions.js';
export { MODEL_CATALOGUE, type CatalogueFile, type CatalogueModel, type CatalogueTextTower } from './model-catalog.js';
export { resolveModel, type ResolveModelOptions } from './model-files.js';
export { sufficientEdges, type SufficientEdges } from './resize-plan.js';
export { openOnnxTextTower, type OnnxTextTowerOptions } from './onnx-text-tower.js';
export { resolveTextTower, type ResolvedTextTower } from './text-tower-files.js';
export { openOnnxImageEncoder, type OnnxImageEncoderOptions } from './onnx-image-encoder.js';
export { DEVICES, type Device } from './onnx-worker-protocol.js';
export { PRECISIONS, type Precision, type ResolvedModel } from './resolved-model.js';
export { createSharpImageDecoder, type SharpImageDecoderOptions } from './sharp-image-decoder.js';
export { inspectModel, type InspectModelOptions, type ModelFileStatus, type ModelStatus } from './model-status.js';
export { createThumbnailer, type ThumbnailerOptions } from './thumbnail.js';
