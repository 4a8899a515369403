import { describe, expect, test } from '@jest/globals';

import { readSignature, type GraphValue } from './model-signature.js';

const tensor = (name: string, shape: (number | string)[], type = 'float32'): GraphValue => ({
  name,
  isTensor: true,
  type,
  shape,
});

const SIZE = { width: 224, height: 224 };
const PIXELS = tensor('pixel_values', ['batch', 3, 224, 224]);
const EMBEDS = tensor('image_embeds', ['batch', 512]);
const POOLED = tensor('pooler_output', ['batch', 768]);
const HIDDEN = tensor('last_hidden_state', ['batch', 257, 384]);

const read = (inputs: GraphValue[], outputs: GraphValue[], modelType = '') =>
  readSignature(inputs, outputs, SIZE, modelType);

describe('the output is', () => {
  test.each([
    ['image_embeds before all', [HIDDEN, POOLED, EMBEDS], 'image_embeds', false],
    ['else pooler_output', [HIDDEN, POOLED], 'pooler_output', false],
    ['else the class token', [HIDDEN], 'last_hidden_state', true],
  ])('%s', (_, outputs, output, classToken) => {
    expect(read([PIXELS], outputs, 'dinov2')).toEqual({
      input: 'pixel_values',
      half: false,
      texts: [],
      output,
      classToken,
      oneByOne: false,
    });
  });
});

test('inputs of any size fit, and one image a run is noticed', () => {
  expect(read([tensor('x', ['b', 'c', 'h', 'w'])], [EMBEDS]).input).toBe('x');
  expect(read([tensor('x', [1, 3, 224, 224])], [EMBEDS]).oneByOne).toBe(true);
});

test('numbers of half precision go in and come out', () => {
  const embeds = tensor('image_embeds', ['batch', 512], 'float16');
  expect(read([tensor('x', ['b', 3, 224, 224], 'float16')], [embeds])).toMatchObject({ input: 'x', half: true });
});

describe('of a model of images and texts', () => {
  const mask = tensor('attention_mask', ['texts', 77], 'int64');
  const both = (ids: (number | string)[]) => [tensor('input_ids', ids, 'int64'), mask, PIXELS];
  const logits = tensor('logits_per_image', ['batch', 'texts']);

  test.each([
    ['a text', ['texts', 'length'], { count: 1, length: 2 }],
    ['as many as images', ['batch', 'length'], { count: undefined, length: 2 }],
    ['as many and as long ones as it was exported for', [4, 64], { count: 4, length: 64 }],
  ])('%s goes in, and image_embeds comes out', (_, ids, expected) => {
    expect(read(both(ids), [logits, POOLED, EMBEDS], 'siglip')).toMatchObject({
      input: 'pixel_values',
      texts: [
        { name: 'input_ids', value: 0n, ...expected },
        { name: 'attention_mask', value: 1n, count: 1, length: 77 },
      ],
      output: 'image_embeds',
    });
  });

  test('nothing else is taken, for it may be that of the text', () => {
    expect(() => read(both(['texts', 'length']), [POOLED], 'siglip')).toThrow(
      'it gives pooler_output, but no image_embeds',
    );
  });
});

test.each<[string, GraphValue[], GraphValue[], string, RegExp]>([
  ['a text model', [tensor('input_ids', ['b', 's'], 'int64')], [EMBEDS], '', /input_ids is int64 \[b, s\]/],
  ['two kinds of images', [tensor('depth', ['b', 1]), PIXELS], [EMBEDS], '', /it takes depth, pixel_values/],
  ['texts of characters', [tensor('input_ids', ['b'], 'string'), PIXELS], [EMBEDS], '', /input_ids is string/],
  ['another image size', [tensor('x', ['b', 3, 336, 336])], [EMBEDS], '', /336.*\[n, 3, 224, 224\]/],
  ['a fixed batch', [tensor('x', [8, 3, 224, 224])], [EMBEDS], '', /\[8, 3/],
  ['whole numbers in', [tensor('x', ['b', 3, 224, 224], 'uint8')], [EMBEDS], '', /uint8/],
  ['a classifier', [PIXELS], [tensor('logits', ['b', 1000])], '', /it gives logits, but none of image_embeds/],
  ['double precision out', [PIXELS], [tensor('image_embeds', ['b', 512], 'float64')], '', /float64/],
  ['outputs without names', [PIXELS], [tensor('1234', ['b', 512])], '', /it gives 1234.*output_names/],
  ['rows without a class token', [PIXELS], [HIDDEN], 'siglip_vision_model', /no class token/],
  ['CLIP without its projection', [PIXELS], [POOLED], 'clip', /image_embeds.*CLIPVisionModelWithProjection/],
  ['its hidden states', [PIXELS], [HIDDEN], 'clip_vision_model', /image_embeds/],
  ['no input', [], [EMBEDS], '', /no input/],
])('%s is refused in one sentence', (_, inputs, outputs, modelType, reason) => {
  expect(() => read(inputs, outputs, modelType)).toThrow(
    expect.objectContaining({ code: 'MODEL_INVALID', message: expect.stringMatching(reason) }),
  );
});
