import { imageEncoderContract, RecordingLogger, sampleImage } from '@fashionmatch/domain/testing';
import { describe, expect, test } from '@jest/globals';

import { resolveModel } from './model-files.js';
import { openOnnxImageEncoder } from './onnx-image-encoder.js';

const open = async (name: string, options: Partial<Parameters<typeof openOnnxImageEncoder>[0]> = {}) =>
  openOnnxImageEncoder({ model: await resolveModel(name), logger: new RecordingLogger(), device: 'cpu', ...options });

describe('builtin/colour-layout', () => {
  imageEncoderContract(test, () => open('builtin/colour-layout'));
});

describe('builtin/structure, resampled exactly', () => {
  imageEncoderContract(test, () => open('builtin/structure', { resample: 'exact' }));
});
