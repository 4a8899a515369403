import { expect, test } from '@jest/globals';

import { familyOf, processorDefaults } from './model-families.js';

test.each([
  ['clip', 'projection_dim', undefined, 'clip'],
  ['clip_vision_model', 'projection_dim', undefined, undefined],
  ['fashionmatch-structure', 'projection_dim', undefined, undefined],
  ['dinov2', 'hidden_size', undefined, undefined],
  ['dinov2_with_registers', 'hidden_size', undefined, undefined],
  ['dinov3_vit', 'hidden_size', undefined, undefined],
  ['siglip_vision_model', undefined, true, 'siglip'],
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
  expect(processorDefaults(processor)).toHaveProperty('resample');
  expect(processorDefaults(`Deit${processor}`)).toBeUndefined();
});
