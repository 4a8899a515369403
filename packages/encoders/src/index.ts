export { checkModel, type EncoderCheck, type ModelCheck, type ModelCheckOptions } from './check-model.js';
export { contentKind, type ContentKind, type ImageFormat } from './images/content-kind.js';
export { COLOURS, encoderId, RESAMPLES, settingsBehind, type Colour, type Resample } from './models/encoder-id.js';
export { encodingTurns, type Turns } from './onnx/encoding-turns.js';
export {
  GOLDEN_FILES,
  GOLDEN_TOLERANCE,
  pixelsSha256,
  readGolden,
  type Golden,
  type GoldenFile,
  type GoldenModel,
} from './models/golden.js';
export { type DownloadProgress, type HubAccessOptions } from './hub/hub-access.js';
export { type Environment } from './hub/huggingface-cache.js';
export { libraryVersions } from './library-versions.js';
export {
  MODEL_CATALOGUE,
  PRECISIONS,
  type CatalogueFile,
  type CatalogueModel,
  type CatalogueTextTower,
  type Precision,
} from './models/model-catalog.js';
export { resolveModel, type ResolveModelOptions } from './models/model-files.js';
export { sufficientEdges, type SufficientEdges } from './images/resize-plan.js';
export { openOnnxTextTower, type OnnxTextTowerOptions } from './onnx/text/onnx-text-tower.js';
export { resolveTextTower, type ResolvedTextTower } from './models/text-tower-files.js';
export {
  openOnnxImageEncoder,
  type OnnxImageEncoderOptions,
  type OpenedImageEncoder,
} from './onnx/onnx-image-encoder.js';
export { DEVICES, deviceNames, type Device } from './onnx/devices.js';
export { type ResolvedModel } from './models/resolved-model.js';
export { createSharpImageDecoder, type SharpImageDecoderOptions } from './images/sharp-image-decoder.js';
export {
  inspectModel,
  type InspectModelOptions,
  type ModelFileStatus,
  type ModelStatus,
} from './models/model-status.js';
export {
  createThumbnailer,
  type SquareThumbnail,
  type Thumbnailer,
  type ThumbnailerOptions,
} from './images/thumbnail.js';
