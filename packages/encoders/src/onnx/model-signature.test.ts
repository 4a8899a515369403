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
    expect(read([PIXELS], outputs, 'dinov2')).toEqual({ input: 'pixel_values', output, classToken, oneByOne: false });
  });
});

test('inputs of any size fit, and one image a run is noticed', () => {
  expect(read([tensor('x', ['b', 'c', 'h', 'w'])], [EMBEDS]).input).toBe('x');
  expect(read([tensor('x', [1, 3, 224, 224])], [EMBEDS]).oneByOne).toBe(true);
});

test.each<[string, GraphValue[], GraphValue[], string, RegExp]>([
  ['a text model', [tensor('input_ids', ['b', 's'], 'int64')], [EMBEDS], '', /input_ids is int64 \[b, s\]/],
  ['a model of both', [tensor('input_ids', ['b', 's'], 'int64'), PIXELS], [EMBEDS], '', /vision_model\.onnx/],
  ['another image size', [tensor('x', ['b', 3, 336, 336])], [EMBEDS], '', /336.*\[n, 3, 224, 224\]/],
  ['a fixed batch', [tensor('x', [8, 3, 224, 224])], [EMBEDS], '', /\[8, 3/],
  ['half precision in', [tensor('x', ['b', 3, 224, 224], 'float16')], [EMBEDS], '', /float16/],
  ['a classifier', [PIXELS], [tensor('logits', ['b', 1000])], '', /it gives logits, but none of image_embeds/],
  ['half precision out', [PIXELS], [tensor('image_embeds', ['b', 512], 'float16')], '', /float16/],
  ['rows without a class token', [PIXELS], [HIDDEN], 'siglip_vision_model', /no class token/],
  ['CLIP without its projection', [PIXELS], [POOLED], 'clip', /image_embeds.*CLIPVisionModelWithProjection/],
  ['its hidden states', [PIXELS], [HIDDEN], 'clip_vision_model', /image_embeds/],
  ['no input', [], [EMBEDS], '', /no input/],
])('%s is refused in one sentence', (_, inputs, outputs, modelType, reason) => {
  expect(() => read(inputs, outputs, modelType)).toThrow(
    expect.objectContaining({ code: 'MODEL_INVALID', message: expect.stringMatching(reason) }),
  );
});
