import { readFile } from 'node:fs/promises';

import { FashionMatchError, normalise, reasonOf } from '@fashionmatch/domain';

import { int64Tensor, numbersOf, openOnFirstUsable, type Tensor } from '../onnx-runtime.js';
import type { EncodeTextJob, EncodeTextResult, OpenTextJob, OpenResult } from '../onnx-worker-protocol.js';
import { readTextSignature } from './text-signature.js';
import { textTokeniser } from './text-tokens.js';

/** A text tower's model that is open, with its tokeniser. */
export interface OpenTextModel {
  readonly kind: 'text';
  readonly opened: OpenResult;
  encodeText(job: EncodeTextJob): Promise<EncodeTextResult>;
  release(): Promise<void>;
}

/** @throws FashionMatchError `MODEL_INVALID` when texts cannot be encoded with it, `DEVICE_UNAVAILABLE` */
export async function openTextModel(job: OpenTextJob): Promise<OpenTextModel> {
  const tokenise = textTokeniser(job.kind, await readTokenizer(job.tokenizerPath));
  const { session, device, unusable } = await openOnFirstUsable(job);
  const { input, mask, output, length } = readTextSignature(session.inputMetadata, session.outputMetadata, job.kind);

  // One text a run: then nothing has to be padded for another's sake, and no text can have a part in another's vector.
  const run = async (ids: readonly number[]): Promise<Float32Array> => {
    const end = ids.at(-1) ?? 0;
    const count = length ?? ids.length;
    const padded = BigInt64Array.from({ length: count }, (_, i) => BigInt(ids[i] ?? end));
    const inputs: Record<string, Tensor> = { [input]: int64Tensor(padded, [1, count]) };
    if (mask !== undefined) {
      const seen = BigInt64Array.from({ length: count }, (_, i) => (i < ids.length ? 1n : 0n));
      inputs[mask] = int64Tensor(seen, [1, count]);
    }
    const result = (await session.run(inputs, [output]))[output];
    if (result === undefined) throw new Error(`The model gave no ${output}`);
    return numbersOf(result);
  };

  const probe = await run(tokenise('a').ids);
  directed(probe);

  return {
    kind: 'text',
    opened: { name: 'open', device, unusable, dimensions: probe.length, output },
    async encodeText({ texts }) {
      const vectors = new Float32Array(texts.length * probe.length);
      const cut: number[] = [];
      for (const [i, text] of texts.entries()) {
        const tokens = tokenise(text);
        if (tokens.cut) cut.push(i);
        vectors.set(directed(await run(tokens.ids)), i * probe.length);
      }
      return { name: 'encode-text', vectors, cut };
    },
    release: () => session.release(),
  };
}

async function readTokenizer(path: string): Promise<object> {
  try {
    const content: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof content === 'object' && content !== null) return content;
    throw new Error('it holds no object');
  } catch (cause) {
    throw new FashionMatchError('MODEL_INVALID', `The tokeniser ${path} cannot be read: ${reasonOf(cause)}.`);
  }
}

function directed(vector: Float32Array): Float32Array {
  try {
    return normalise(vector);
  } catch {
    throw new FashionMatchError('MODEL_INVALID', 'The text model gives a vector without a direction.');
  }
}
