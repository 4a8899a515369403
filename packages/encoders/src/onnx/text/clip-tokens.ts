import { FashionMatchError, reasonOf } from '@fashionmatch/domain';
import { Tokenizer } from '@huggingface/tokenizers';

/** The longest text that CLIP reads, in tokens, with those that begin and end it (Radford et al. 2021, 2.4). */
export const CLIP_CONTEXT = 77;

const START = '<|startoftext|>';
const END = '<|endoftext|>';

/** Pieces of a text as CLIP's text tower wants them. */
export interface ClipTokens {
  /** 2 to {@link CLIP_CONTEXT} numbers, the first of which begins the text and the last of which ends it. */
  readonly ids: readonly number[];
  /** The text was longer than the model reads: what came after is left out. */
  readonly cut: boolean;
}

/**
 * Makes CLIP's tokeniser (lower-cased byte-pair encoding) of the content of a model's `tokenizer.json`.
 *
 * @throws FashionMatchError `MODEL_INVALID` when it is no tokeniser of CLIP's kind.
 */
export function clipTokeniser(content: object): (text: string) => ClipTokens {
  const tokenizer = makeTokenizer(content);
  const [start, end] = [tokenizer.token_to_id(START), tokenizer.token_to_id(END)];
  if (start === undefined || end === undefined) throw invalid(`it does not know ${START} and ${END}`);
  const [first, last] = encoded(tokenizer, '');
  if (first !== start || last !== end) throw invalid(`it does not put ${START} and ${END} around a text`);
  return (text) => {
    // A half of a surrogate pair is no character, and has no bytes.
    const ids = encoded(tokenizer, text.toWellFormed());
    const cut = ids.length > CLIP_CONTEXT;
    // The model takes the vector at the end token, so a text that is cut must still have its end.
    return { ids: cut ? [...ids.slice(0, CLIP_CONTEXT - 1), end] : ids, cut };
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
    return tokenizer.encode(text).ids;
  } catch (cause) {
    throw invalid(reasonOf(cause));
  }
}

function invalid(reason: string): FashionMatchError {
  return new FashionMatchError('MODEL_INVALID', `The model's tokenizer.json is none of CLIP's: ${reason}.`);
}
