import { describe, expect, test } from '@jest/globals';

import type { GraphValue } from '../model-signature.js';
import { readTextSignature } from './text-signature.js';

const tensor = (name: string, shape: (number | string)[], type = 'int64'): GraphValue => ({
  name,
  isTensor: true,
  type,
  shape,
});

const IDS = tensor('input_ids', ['batch', 'length']);
const MASK = tensor('attention_mask', ['batch', 'length']);
const EMBEDS = tensor('text_embeds', ['batch', 512], 'float32');

test.each([
  ['tokens of any number', [IDS], { mask: undefined, length: undefined }],
  ['a mask beside them', [MASK, IDS], { mask: 'attention_mask', length: undefined }],
  ['77 tokens', [tensor('input_ids', [1, 77])], { mask: undefined, length: 77 }],
])('%s', (_, inputs, expected) => {
  expect(readTextSignature(inputs, [EMBEDS], 'clip')).toEqual({
    input: 'input_ids',
    output: 'text_embeds',
    ...expected,
  });
});

test('SigLIP has no projection: its pooled output is the vector, of 64 tokens', () => {
  const pooled = tensor('pooler_output', ['batch', 768], 'float32');
  const ids = tensor('input_ids', ['batch', 64]);
  expect(readTextSignature([ids], [pooled], 'siglip')).toMatchObject({ output: 'pooler_output', length: 64 });
  expect(readTextSignature([ids], [pooled, EMBEDS], 'siglip')).toMatchObject({ output: 'text_embeds' });
});

describe('is refused:', () => {
  test.each([
    ['no tokens', [tensor('pixel_values', ['n', 3, 224, 224], 'float32')], [EMBEDS], 'it takes pixel_values'],
    ['further inputs', [IDS, tensor('pixel_values', ['n', 3, 224, 224], 'float32')], [EMBEDS], 'pixel_values'],
    ['another length', [tensor('input_ids', ['batch', 64])], [EMBEDS], 'input_ids is int64 [batch, 64]'],
    ['other numbers', [tensor('input_ids', ['batch', 'length'], 'int32')], [EMBEDS], 'is int32'],
    ['a vector before the projection', [IDS], [tensor('pooler_output', ['b', 512], 'float32')], 'no text_embeds'],
    ['whole numbers', [IDS], [tensor('text_embeds', ['b', 512], 'int8')], 'text_embeds is int8'],
  ])('%s', (_, inputs, outputs, reason) => {
    expect(() => readTextSignature(inputs, outputs, 'clip')).toThrow(reason);
  });
});
