import { describe, expect, test } from '@jest/globals';

import { CONTEXT, textTokeniser } from './text-tokens.js';

const END = '<|endoftext|>';
const START = '<|startoftext|>';

/** Of CLIP's kind, for the letters a to d and the word "bad". */
function tokenizer(postProcessor: object | null = { cls: [START, 20], sep: [END, 21] }): object {
  const letters = ['a', 'b', 'c', 'd'];
  const pieces = [...letters, ...letters.map((letter) => `${letter}</w>`), 'ba', 'bad</w>', START, END];
  const ids = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 20, 21];
  return {
    added_tokens: [
      { id: 20, content: START, special: true, normalized: true, single_word: false, lstrip: false, rstrip: false },
      { id: 21, content: END, special: true, normalized: false, single_word: false, lstrip: false, rstrip: false },
    ],
    normalizer: { type: 'Lowercase' },
    pre_tokenizer: {
      type: 'Split',
      pattern: { Regex: '[a-z]+' },
      behavior: 'Removed',
      invert: true,
    },
    post_processor: postProcessor && { type: 'RobertaProcessing', trim_offsets: false, ...postProcessor },
    decoder: null,
    model: {
      type: 'BPE',
      unk_token: END,
      continuing_subword_prefix: '',
      end_of_word_suffix: '</w>',
      vocab: Object.fromEntries(pieces.map((piece, i) => [piece, ids[i]])),
      merges: ['b a', 'ba d</w>'],
    },
  };
}

test('words become pieces between a start and an end, in lower case', () => {
  const tokenise = textTokeniser('clip', tokenizer());
  expect(tokenise('bad')).toEqual({ ids: [20, 9, 21], cut: false });
  expect(tokenise('BAD cab')).toEqual({ ids: [20, 9, 2, 0, 5, 21], cut: false });
  expect(tokenise('')).toEqual({ ids: [20, 21], cut: false });
});

test('a long text loses its end, and keeps the token that ends it', () => {
  const tokenise = textTokeniser('clip', tokenizer());
  const words = (count: number): string => Array(count).fill('bad').join(' ');
  expect(tokenise(words(75))).toMatchObject({ cut: false });
  const { ids, cut } = tokenise(words(76));
  expect(cut).toBe(true);
  expect(ids).toEqual(tokenise(words(75)).ids);
  expect(ids).toHaveLength(CONTEXT.clip);
  expect(ids.at(-1)).toBe(21);
});

describe('a tokeniser of another kind is refused:', () => {
  test.each([
    ['nothing', {}],
    ['no model', { model: {} }],
    ['no start and end', { ...tokenizer(), added_tokens: [], model: { type: 'BPE', vocab: { a: 0 }, merges: [] } }],
    ['a text without its start and end', tokenizer(null)],
    ['start and end the other way', tokenizer({ cls: [END, 21], sep: [START, 20] })],
  ])('%s', (_, content) => {
    expect(() => textTokeniser('clip', content)).toThrow('tokenizer.json is of another kind');
  });
});
