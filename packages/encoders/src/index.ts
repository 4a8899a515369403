export { RESAMPLES, type Resample } from './encoder-id.js';
export { openOnnxImageEncoder, type OnnxImageEncoderOptions } from './onnx-image-encoder.js';
export { DEVICES, type Device } from './onnx-worker-protocol.js';
export { PRECISIONS, type Precision, type ResolvedModel } from './resolved-model.js';
export { createSharpImageDecoder, type SharpImageDecoderOptions } from './sharp-image-decoder.js';
export { resolveModel, type ResolveModelOptions } from './model-files.js';
