import { readFile } from 'node:fs/promises';

import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';

import { CONTEXT, textTokeniser } from './text-tokens.js';

// What transformers and tokenizers made of the same texts: tools/python/make_text_goldens.py.
const read = async (name: string): Promise<unknown> =>
  JSON.parse(await readFile(new URL(`../../../fixtures/texts/${name}`, import.meta.url), 'utf8'));
const ids = z.array(z.array(z.int()));
const golden = z.object({ texts: z.array(z.string()), gemma: ids, unigram: ids }).parse(await read('token-ids.json'));

describe.each(['gemma', 'unigram'] as const)('%s', (name) => {
  test('makes the numbers of Python of 50 texts', async () => {
    const tokenise = textTokeniser('siglip', z.looseObject({}).parse(await read(`${name}.tokenizer.json`)));
    const made = golden.texts.map((text) => ({ text, ids: tokenise(text).ids }));
    expect(made.length).toBeGreaterThanOrEqual(50);
    expect(made).toEqual(golden.texts.map((text, i) => ({ text, ids: golden[name][i] })));
  });

  test('fills all 64 places, and says what it leaves out', async () => {
    const tokenise = textTokeniser('siglip', z.looseObject({}).parse(await read(`${name}.tokenizer.json`)));
    const [short, long] = [tokenise('a red dress'), tokenise('very '.repeat(200))];
    expect([short.ids.length, long.ids.length]).toEqual([CONTEXT.siglip, CONTEXT.siglip]);
    expect([short.cut, long.cut]).toEqual([false, true]);
    // Its end is where the text ends, and the last that is read.
    expect(short.ids).toContain(long.ids.at(-1));
    expect(tokenise('A RED dress').ids).toEqual(short.ids);
  });
});

test('a tokeniser without an end is refused', async () => {
  const content = JSON.stringify(await read('gemma.tokenizer.json')).replaceAll('<eos>', '<other>');
  const parsed = z.looseObject({}).parse(JSON.parse(content));
  expect(() => textTokeniser('siglip', parsed)).toThrow('neither <eos> and <pad> nor </s>');
});
