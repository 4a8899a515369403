import { FashionMatchError, reasonOf } from '@fashionmatch/domain';
import { Tokenizer } from '@huggingface/tokenizers';

import type { TextKind } from '../../models/model-families.js';

/** The longest text that each kind reads, in tokens, with those that begin and end it. */
export const CONTEXT: Readonly<Record<TextKind, number>> = { clip: 77, siglip: 64 };

const START = '<|startoftext|>';
const END = '<|endoftext|>';

/** What ends a text and what fills it up, in SigLIP 2 (Gemma's tokens) and in SigLIP (T5's). */
const SIGLIP_ENDS = [
  ['<eos>', '<pad>'],
  ['</s>', '</s>'],
] as const;

/** Pieces of a text as a text tower wants them. */
export interface TextTokens {
  /** Of CLIP, as many as the text has, the last of which ends it; of SigLIP always as many as it reads. */
  readonly ids: readonly number[];
  /** The text was longer than the model reads: what came after is left out. */
  readonly cut: boolean;
}

/**
 * Makes the tokeniser of a kind of text tower of the content of a model's `tokenizer.json`.
 *
 * @throws FashionMatchError `MODEL_INVALID` when it is no tokeniser of that kind.
 */
export function textTokeniser(kind: TextKind, content: object): (text: string) => TextTokens {
  const tokenizer = makeTokenizer(content);
  return kind === 'clip' ? clipTokeniser(tokenizer) : siglipTokeniser(tokenizer);
}

/** CLIP's: lower-cased byte-pair encoding (Radford et al. 2021, 2.4). */
function clipTokeniser(tokenizer: Tokenizer): (text: string) => TextTokens {
  const [start, end] = [tokenizer.token_to_id(START), tokenizer.token_to_id(END)];
  if (start === undefined || end === undefined) throw invalid(`it does not know ${START} and ${END}`);
  const [first, last] = encoded(tokenizer, '');
  if (first !== start || last !== end) throw invalid(`it does not put ${START} and ${END} around a text`);
  return (text) => {
    const ids = encoded(tokenizer, text);
    const cut = ids.length > CONTEXT.clip;
    // The model takes the vector at the end token, so a text that is cut must still have its end.
    return { ids: cut ? [...ids.slice(0, CONTEXT.clip - 1), end] : ids, cut };
  };
}

/** SigLIP's: trained on lower case, and always filled up, for the model takes the vector at the last place. */
function siglipTokeniser(tokenizer: Tokenizer): (text: string) => TextTokens {
  const known = SIGLIP_ENDS.map(([end, padding]) => [tokenizer.token_to_id(end), tokenizer.token_to_id(padding)]);
  const [end, padding] = known.find((ids) => !ids.includes(undefined)) ?? [];
  if (end === undefined || padding === undefined) throw invalid('it knows neither <eos> and <pad> nor </s>');
  return (text) => {
    const given = encoded(tokenizer, text.toLowerCase());
    const ids = given.at(-1) === end ? given.slice(0, -1) : given;
    const read = ids.slice(0, CONTEXT.siglip - 1);
    const filling = new Array<number>(CONTEXT.siglip - 1 - read.length).fill(padding);
    return { ids: [...read, end, ...filling], cut: read.length < ids.length };
  };
}

function makeTokenizer(content: object): Tokenizer {
  try {
    return new Tokenizer(content, {});
  } catch (cause) {
    throw invalid(reasonOf(cause));
  }
}

function encoded(tokenizer: Tokenizer, text: string): readonly number[] {
  try {
    // A half of a surrogate pair is no character, and has no bytes.
    return tokenizer.encode(text.toWellFormed()).ids;
  } catch (cause) {
    throw invalid(reasonOf(cause));
  }
}

function invalid(reason: string): FashionMatchError {
  return new FashionMatchError(
    'MODEL_INVALID',
    `The model's tokenizer.json is of another kind than the model: ${reason}.`,
  );
}
