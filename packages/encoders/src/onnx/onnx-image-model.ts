import { FashionMatchError, ItemError, normalise } from '@fashionmatch/domain';

import { levelTable, writePlanes } from './channel-planes.js';
import { cropPixels } from '../images/crop-pixels.js';
import { toHalf } from './half-precision.js';
import { readSignature, type ModelSignature } from './model-signature.js';
import {
  bytesTensor,
  createSession,
  floatTensor,
  halfTensor,
  int64Tensor,
  numbersOf,
  openOnFirstUsable,
  type Session,
  type Tensor,
} from './onnx-runtime.js';
import type { EncodeJob, EncodeResult, OpenJob, OpenResult, ResizeJob, ResizeResult } from './onnx-worker-protocol.js';
import { runWithinMemory } from './run-within-memory.js';

/** An image encoder's model that is open, with everything that its jobs need. */
export interface OpenImageModel {
  readonly kind: 'image';
  readonly opened: OpenResult;
  encode(job: EncodeJob): Promise<EncodeResult>;
  resize(job: ResizeJob): Promise<ResizeResult>;
  release(): Promise<void>;
}

/** @throws FashionMatchError `MODEL_INVALID` when images cannot be encoded with it, `DEVICE_UNAVAILABLE` */
export async function openImageModel(job: OpenJob): Promise<OpenImageModel> {
  const { session, device, unusable } = await openOnFirstUsable(job);
  const { inputSize } = job.preprocessing;
  const signature = readSignature(session.inputMetadata, session.outputMetadata, inputSize, job.modelType);
  const resizer = await createSession(job.resizeModelPath, 'cpu', job.threads);

  const imagesTensor = imageTensors(job.preprocessing, signature);
  const imageBytes = inputSize.width * inputSize.height * 3;
  let largestRun = job.oneByOne || signature.oneByOne ? 1 : Number.MAX_SAFE_INTEGER;

  const run = async (images: readonly Uint8Array[]): Promise<Tensor> => {
    const inputs = { ...textTensors(signature, images.length), [signature.input]: imagesTensor(images) };
    const output = (await session.run(inputs, [signature.output]))[signature.output];
    if (output === undefined) throw new Error(`The model gave no ${signature.output}`);
    return output;
  };

  // One run on a grey image tells the dimensions, and whether the model works at all.
  const probe = await run([new Uint8Array(imageBytes).fill(128)]);
  const dimensions = probe.dims.at(-1) ?? 0;
  if (!numbersOf(probe).every(Number.isFinite)) {
    throw new FashionMatchError('MODEL_INVALID', 'The model gives values that are no numbers for a plain grey image.');
  }

  return {
    kind: 'image',
    opened: {
      name: 'open',
      device,
      unusable,
      dimensions,
      output: signature.classToken ? `${signature.output}[0]` : signature.output,
    },
    async encode({ images }) {
      const vectors = new Float32Array(images.length * dimensions);
      const failed: number[] = [];
      const fits = await runWithinMemory(images.length, largestRun, async (start, end) => {
        const output = numbersOf(await run(images.slice(start, end)));
        // With a class token there are more rows for each image; the first is the token's.
        const stride = output.length / (end - start);
        for (let i = start; i < end; i++) {
          const row = output.subarray((i - start) * stride, (i - start) * stride + dimensions);
          if (!hasDirection(row)) failed.push(i);
          vectors.set(row, i * dimensions);
        }
      });
      const dividedInto = fits < largestRun ? fits : undefined;
      largestRun = fits;
      return { name: 'encode', vectors, failed, dividedInto };
    },
    resize: (resizeJob) => resizeWith(resizer, resizeJob),
    async release() {
      await session.release();
      await resizer.release();
    },
  };
}

/** What makes an input of images, in the number format that the model takes. */
function imageTensors(
  preprocessing: OpenJob['preprocessing'],
  { half }: ModelSignature,
): (images: readonly Uint8Array[]) => Tensor {
  const { width, height } = preprocessing.inputSize;
  const length = width * height * 3;
  const table = levelTable(preprocessing);
  const halves = Uint16Array.from(table, toHalf);
  return (images) => {
    const dims = [images.length, 3, height, width];
    const count = images.length * length;
    if (half) {
      const planes = new Uint16Array(count);
      for (const [i, pixels] of images.entries()) writePlanes(pixels, halves, planes, i * length);
      return halfTensor(planes, dims);
    }
    const planes = new Float32Array(count);
    for (const [i, pixels] of images.entries()) writePlanes(pixels, table, planes, i * length);
    return floatTensor(planes, dims);
  };
}

/** What stands for texts where a model wants some beside the images. */
function textTensors({ texts }: ModelSignature, images: number): Record<string, Tensor> {
  return Object.fromEntries(
    texts.map(({ name, value, count = images, length }) => [
      name,
      int64Tensor(new BigInt64Array(count * length).fill(value), [count, length]),
    ]),
  );
}

async function resizeWith(session: Session, { pixels, plan }: ResizeJob): Promise<ResizeResult> {
  const { source, resized, crop } = plan;
  const image = bytesTensor(pixels, [1, source.height, source.width, 3]);
  const sizes = int64Tensor(BigInt64Array.of(BigInt(resized.height), BigInt(resized.width)), [2]);
  const { resized: output } = await session.run({ image, sizes }).catch((cause: unknown) => {
    const size = `${String(source.width)}×${String(source.height)}`;
    throw new ItemError('IMAGE_INVALID', `An image of ${size} pixels cannot be resized`, { cause });
  });
  if (!(output?.data instanceof Uint8Array)) throw new Error('The resize model gave no image');
  return { name: 'resize', pixels: cropPixels(output.data, resized.width, crop) };
}

/** Scales the row to length 1, if it has one. */
function hasDirection(row: Float32Array): boolean {
  try {
    normalise(row);
    return true;
  } catch {
    return false;
  }
}
