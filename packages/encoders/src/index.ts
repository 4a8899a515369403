export { encoderId, RESAMPLES, type Resample } from './encoder-id.js';
export { type DownloadProgress } from './hub-file.js';
export { type Environment } from './huggingface-cache.js';
export { MODEL_CATALOGUE, type CatalogueFile, type CatalogueModel } from './model-catalog.js';
export { resolveModel, type ResolveModelOptions } from './model-files.js';
export { openOnnxImageEncoder, type OnnxImageEncoderOptions } from './onnx-image-encoder.js';
export { DEVICES, type Device } from './onnx-worker-protocol.js';
export { PRECISIONS, type Precision, type ResolvedModel } from './resolved-model.js';
export { createSharpImageDecoder, type SharpImageDecoderOptions } from './sharp-image-decoder.js';
