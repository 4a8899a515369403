import { describe, expect, test } from '@jest/globals';

import { parsePreprocessorConfig } from './preprocessor-config.js';

/** As published with the models, older and newer ways of writing included. */
const CLIP = {
  crop_size: 224,
  do_center_crop: true,
  do_normalize: true,
  do_resize: true,
  feature_extractor_type: 'CLIPFeatureExtractor',
  image_mean: [0.48145466, 0.4578275, 0.40821073],
  image_std: [0.26862954, 0.26130258, 0.27577711],
  resample: 3,
  size: 224,
};
const DINOV2 = {
  crop_size: { height: 224, width: 224 },
  do_center_crop: true,
  do_convert_rgb: true,
  do_rescale: true,
  image_mean: [0.485, 0.456, 0.406],
  image_processor_type: 'BitImageProcessor',
  image_std: [0.229, 0.224, 0.225],
  resample: 3,
  rescale_factor: 0.00392156862745098,
  size: { shortest_edge: 256 },
};
const VIT = {
  image_processor_type: 'ViTImageProcessor',
  size: 224,
  resample: 2,
  image_mean: [0.5, 0.5, 0.5],
  image_std: [0.5, 0.5, 0.5],
};
/** Names no processor whose defaults could be taken. */
const NAMELESS = { ...VIT, image_processor_type: undefined };
const SIGLIP = { ...VIT, image_processor_type: 'SiglipImageProcessor', size: { height: 256, width: 256 }, resample: 3 };

const parse = (content: unknown) =>
  parsePreprocessorConfig(JSON.parse(JSON.stringify(content)), 'preprocessor_config.json');

describe('the image processors of', () => {
  test('CLIP: the shorter edge, then a crop', () => {
    expect(parse(CLIP)).toMatchObject({
      resize: { shortestEdge: 224 },
      inputSize: { width: 224, height: 224 },
      filter: 'bicubic',
    });
    expect(parse({ ...CLIP, size: { shortest_edge: 224 }, crop_size: { height: 224, width: 224 } })).toEqual(
      parse(CLIP),
    );
  });

  test('DINOv2: a crop smaller than the shorter edge', () => {
    expect(parse(DINOV2)).toMatchObject({ resize: { shortestEdge: 256 }, inputSize: { width: 224, height: 224 } });
    expect(parse(DINOV2).mean).toEqual([0.485, 0.456, 0.406]);
  });

  test('ViT: a square, bilinear', () => {
    expect(parse(VIT)).toMatchObject({
      resize: { width: 224, height: 224 },
      inputSize: { width: 224, height: 224 },
      filter: 'bilinear',
    });
  });

  test('SigLIP: a fixed size', () => {
    expect(parse(SIGLIP)).toMatchObject({
      resize: { width: 256, height: 256 },
      inputSize: { width: 256, height: 256 },
    });
  });
});

test('what newer versions of transformers write means the same', () => {
  const nulls = {
    crop_size: null,
    data_format: 'channels_first',
    do_center_crop: null,
    do_pad: null,
    disable_grouping: null,
  };
  expect(parse({ ...VIT, ...nulls })).toEqual(parse(VIT));
  expect(parse({ ...CLIP, size: { shortest_edge: 224, longest_edge: null, height: null, width: null } })).toEqual(
    parse(CLIP),
  );
  for (const type of ['CLIPImageProcessor', 'CLIPImageProcessorFast', 'CLIPImageProcessorPil']) {
    expect(
      parse({
        image_processor: { ...CLIP, feature_extractor_type: null, image_processor_type: type },
        processor_class: 'CLIPProcessor',
      }),
    ).toEqual(parse(CLIP));
  }
});

test.each([
  ['ViTImageProcessor', 'bilinear'],
  ['ViTImageProcessorFast', 'bilinear'],
  ['DINOv3ViTImageProcessorFast', 'bilinear'],
  ['BitImageProcessor', 'bicubic'],
  ['SiglipImageProcessor', 'bicubic'],
])('%s resizes %s where nothing is said', (image_processor_type, filter) => {
  expect(parse({ ...VIT, image_processor_type, resample: undefined }).filter).toBe(filter);
});

test.each([
  ['CLIPImageProcessor', CLIP],
  ['BitImageProcessorFast', CLIP],
  ['ViTImageProcessorPil', VIT],
  ['SiglipImageProcessor', { ...SIGLIP, size: 224 }],
  ['DINOv3ViTImageProcessor', { ...VIT, image_mean: DINOV2.image_mean, image_std: DINOV2.image_std }],
])('%s takes the defaults of its class for what is not said', (image_processor_type, same) => {
  expect(parse({ image_processor_type })).toEqual(parse(same));
});

test('what is switched off leaves the levels as they are', () => {
  const config = parse({ ...VIT, do_rescale: false, do_normalize: false, image_mean: undefined, image_std: undefined });
  expect([config.rescale, config.mean, config.std]).toEqual([1, [0, 0, 0], [1, 1, 1]]);
});

test.each([
  ['no object', 'text', /size/],
  ['no size', { ...NAMELESS, size: undefined }, /size/],
  ['a size of 0', { ...VIT, size: 0 }, /size/],
  ['the longest edge', { ...CLIP, size: { shortest_edge: 224, longest_edge: 448 } }, /size/],
  ['no crop after the shorter edge', { ...DINOV2, do_center_crop: false }, /crop_size/],
  ['a crop that is asked for and not given', { ...NAMELESS, do_center_crop: true }, /crop_size is missing/],
  ['a crop beyond the image', { ...DINOV2, crop_size: 512 }, /larger than size/],
  ['another filter', { ...CLIP, resample: 1 }, /resample 1/],
  ['another processor', { ...VIT, image_processor_type: 'Siglip2ImageProcessor' }, /Siglip2ImageProcessor/],
  ['padding', { ...VIT, do_pad: true }, /do_pad/],
  ['no mean', { ...NAMELESS, image_mean: undefined }, /image_mean/],
  ['a deviation of 0', { ...VIT, image_std: [0.5, 0, 0.5] }, /image_std/],
  ['a mean of text', { ...VIT, image_mean: ['0.5', 0.5, 0.5] }, /image_mean/],
])('%s is refused', (_, content, reason) => {
  expect(() => parse(content)).toThrow(
    expect.objectContaining({ code: 'MODEL_INVALID', message: expect.stringMatching(reason) }),
  );
});
