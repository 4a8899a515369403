import { expect, test } from '@jest/globals';

import { familyOf, KNOWN_PROCESSORS } from './model-families.js';

test.each([
  ['clip', 'projection_dim', undefined, true],
  ['clip_vision_model', 'projection_dim', undefined, undefined],
  ['fashionmatch-structure', 'projection_dim', undefined, undefined],
  ['dinov2', 'hidden_size', undefined, undefined],
  ['dinov2_with_registers', undefined, undefined, undefined],
  ['siglip_vision_model', undefined, true, undefined],
  ['Swinv2', undefined, true, undefined],
  ['', undefined, undefined, undefined],
])('a model of type "%s"', (modelType, dimensions, withoutClassToken, readsText) => {
  const family = familyOf(modelType);
  expect([family.dimensions, family.withoutClassToken, family.readsText]).toEqual([
    dimensions,
    withoutClassToken,
    readsText,
  ]);
});

test.each([
  'CLIPImageProcessor',
  'ViTFeatureExtractor',
  'BitImageProcessorFast',
  'SiglipImageProcessor',
  'DINOv3ViTImageProcessorFast',
])('the image processor %s is known', (processor) => {
  expect(KNOWN_PROCESSORS.test(processor)).toBe(true);
  expect(KNOWN_PROCESSORS.test(`Deit${processor}`)).toBe(false);
});
