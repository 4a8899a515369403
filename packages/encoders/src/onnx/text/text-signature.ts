import { FashionMatchError } from '@fashionmatch/domain';

import type { TextKind } from '../../models/model-families.js';
import { CONTEXT } from './text-tokens.js';
import { describeValue, namesOf, type GraphValue } from '../model-signature.js';

/** Which of a model's inputs takes the tokens, and which output is the text's vector. */
export interface TextSignature {
  readonly input: string;
  /** Takes 1 for each token and 0 for padding; undefined where the model takes none. */
  readonly mask: string | undefined;
  readonly output: string;
  /** The number of tokens that the model was exported for; undefined when any will do. */
  readonly length: number | undefined;
}

const TOKENS = 'input_ids';
const MASK = 'attention_mask';
/** CLIP's pooled output is in another space than its images before the projection; SigLIP has no projection. */
const OUTPUTS: Readonly<Record<TextKind, readonly string[]>> = {
  clip: ['text_embeds'],
  siglip: ['text_embeds', 'pooler_output'],
};

/** @throws FashionMatchError `MODEL_INVALID`, naming what does not fit. */
export function readTextSignature(
  inputs: readonly GraphValue[],
  outputs: readonly GraphValue[],
  kind: TextKind,
): TextSignature {
  const tokens = inputs.find(({ name }) => name === TOKENS);
  const mask = inputs.find(({ name }) => name === MASK);
  const others = inputs.filter((input) => input !== tokens && input !== mask);
  if (tokens === undefined || others.length > 0) {
    throw invalid(`it takes ${namesOf(inputs)}, but a text tower takes ${TOKENS} (and ${MASK})`);
  }
  for (const input of [tokens, mask]) if (input !== undefined) checkTokens(input, CONTEXT[kind]);
  const name = OUTPUTS[kind].find((wanted) => outputs.some((output) => output.name === wanted));
  const output = outputs.find((output) => output.name === name);
  if (output === undefined) throw invalid(`it gives ${namesOf(outputs)}, but no ${OUTPUTS[kind].join(' or ')}`);
  if (!/^float(32|16)$/.test(output.type ?? '') || output.shape?.length !== 2)
    throw invalid(`its output ${describeValue(output)}`);
  const length = tokens.shape?.[1];
  return {
    input: TOKENS,
    mask: mask?.name,
    output: output.name,
    length: typeof length === 'number' ? length : undefined,
  };
}

function checkTokens(input: GraphValue, context: number): void {
  const [batch, length] = input.shape ?? [];
  const fits =
    input.type === 'int64' &&
    input.shape?.length === 2 &&
    (typeof batch === 'string' || batch === 1) &&
    (typeof length === 'string' || length === context);
  if (!fits) throw invalid(`its input ${describeValue(input)}, but tokens come as int64 [n, up to ${String(context)}]`);
}

function invalid(reason: string): FashionMatchError {
  return new FashionMatchError('MODEL_INVALID', `The model cannot be used as a text tower: ${reason}.`);
}
