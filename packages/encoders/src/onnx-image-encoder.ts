import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

import {
  FashionMatchError,
  ItemError,
  type DecodedImage,
  type EncodeOutcome,
  type ImageEncoder,
  type Logger,
  type PreprocessedImage,
} from '@fashionmatch/domain';

import { cropPixels } from './crop-pixels.js';
import { encoderId, type Resample } from './encoder-id.js';
import { OnnxWorkerClient } from './onnx-worker-client.js';
import { devicesToTry, type Device, type OpenResult } from './onnx-worker-protocol.js';
import { planResize, type ResizePlan } from './resize-plan.js';
import type { ResolvedModel } from './resolved-model.js';
import { resizeWithSharp } from './sharp-resize.js';

export interface OnnxImageEncoderOptions {
  readonly model: ResolvedModel;
  readonly logger: Logger;
  /** `auto` by default: a CUDA device where one works, else the CPU. Any other is that one or an error. */
  readonly device?: Device;
  /** Threads for one run on the CPU; by default half of the cores, since two encoders run side by side. */
  readonly threads?: number;
  readonly resample?: Resample;
}

/** Loading 350 MB from a slow disk, or compiling kernels for a GPU, takes its time. */
const OPEN_DEADLINE_MS = 180_000;
/** A large model on one slow core takes a second an image. */
const IMAGE_DEADLINE_MS = 30_000;
const CLOSE_DEADLINE_MS = 30_000;

/**
 * Opens a model in a thread of its own and runs it once. Any ONNX export with the inputs and outputs of CLIP's or
 * DINOv2's image encoder works. Dispose it: that ends the thread.
 *
 * @throws FashionMatchError `MODEL_INVALID` when the model is none that images can be encoded with,
 *   `DEVICE_UNAVAILABLE` when the device asked for cannot run it.
 */
export async function openOnnxImageEncoder(options: OnnxImageEncoderOptions): Promise<ImageEncoder & AsyncDisposable> {
  const { model, logger, device = 'auto', resample = 'fast' } = options;
  const { preprocessing, precision } = model;
  const worker = new OnnxWorkerClient();
  let opened: OpenResult;
  try {
    const result = await worker.run(
      {
        name: 'open',
        modelPath: model.path,
        modelType: model.modelType,
        devices: devicesToTry(device),
        threads: options.threads ?? Math.max(1, Math.floor(availableParallelism() / 2)),
        preprocessing,
        // Dynamic quantisation scales a whole batch by its largest value: vectors would depend on batch mates.
        oneByOne: precision === 'int8',
        resizeModelPath: resizeModelPath(model),
      },
      [],
      OPEN_DEADLINE_MS,
    );
    if (result.name !== 'open') throw unexpected();
    checkDimensions(model, result);
    opened = result;
  } catch (error) {
    await worker.close(CLOSE_DEADLINE_MS);
    throw error instanceof FashionMatchError
      ? new FashionMatchError(error.code, `${model.name}: ${error.message}`)
      : error;
  }
  return new OnnxImageEncoder({ model, logger, resample, worker, opened });
}

function checkDimensions({ dimensions }: ResolvedModel, opened: OpenResult): void {
  if (dimensions === undefined || dimensions === opened.dimensions) return;
  const given = `${String(opened.dimensions)} numbers in ${opened.output}`;
  throw new FashionMatchError('MODEL_INVALID', `The model gives ${given}, not ${String(dimensions)} as it should.`);
}

function resizeModelPath({ preprocessing }: ResolvedModel): string {
  return fileURLToPath(new URL(`../builtin/resize/${preprocessing.filter}.onnx`, import.meta.url));
}

interface OpenEncoder {
  readonly model: ResolvedModel;
  readonly logger: Logger;
  readonly resample: Resample;
  readonly worker: OnnxWorkerClient;
  readonly opened: OpenResult;
}

class OnnxImageEncoder implements ImageEncoder, AsyncDisposable {
  readonly id: string;
  readonly dimensions: number;
  readonly model: ImageEncoder['model'];

  readonly #open: OpenEncoder;
  readonly #imageBytes: number;
  #closing: Promise<void> | undefined;

  constructor(open: OpenEncoder) {
    const { model, resample, opened, logger } = open;
    this.#open = open;
    this.#imageBytes = model.preprocessing.inputSize.width * model.preprocessing.inputSize.height * 3;
    this.id = encoderId(model, resample);
    this.dimensions = opened.dimensions;
    this.model = { name: model.name, sha256: model.sha256, precision: model.precision, device: opened.device };
    logger.info(`Encoder ready: ${model.name} on ${opened.device}`, {
      encoder: this.id,
      dimensions: this.dimensions,
      output: opened.output,
      device: opened.device,
      unusableDevices: opened.unusable,
    });
  }

  async preprocess(image: DecodedImage): Promise<PreprocessedImage> {
    const { model, resample } = this.#open;
    const { inputSize, filter } = model.preprocessing;
    const plan = planResize(image, model.preprocessing);
    const exactly = resample === 'exact' || enlarges(plan);
    const data = exactly ? await this.#resizeInWorker(image, plan) : await resizeWithSharp(image, plan, filter);
    return { data, dims: [inputSize.height, inputSize.width, 3] };
  }

  async encode(batch: readonly PreprocessedImage[]): Promise<EncodeOutcome[]> {
    if (batch.length === 0) return [];
    const images = batch.map(({ data }) => this.#pixelsOf(data));
    const buffers = new Set(images.map(({ buffer }) => buffer));
    const deadline = IMAGE_DEADLINE_MS * (batch.length + 1);
    const result = await this.#open.worker.run({ name: 'encode', images }, [...buffers], deadline);
    if (result.name !== 'encode') throw unexpected();

    if (result.dividedInto !== undefined) {
      this.#open.logger.warn(`Too little memory for ${String(batch.length)} images at once`, {
        encoder: this.id,
        imagesAtOnce: result.dividedInto,
      });
    }
    const failed = new Set(result.failed);
    return images.map((_, i) =>
      failed.has(i)
        ? new ItemError('ENCODE_FAILED', 'The model gives this image no direction (zero, or no number)')
        : result.vectors.slice(i * this.dimensions, (i + 1) * this.dimensions),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #resizeInWorker(image: DecodedImage, plan: ResizePlan): Promise<Uint8Array> {
    const pixels = cropPixels(image.data, image.width, plan.source);
    const result = await this.#open.worker.run({ name: 'resize', pixels, plan }, [pixels.buffer], IMAGE_DEADLINE_MS);
    if (result.name !== 'resize') throw unexpected();
    return result.pixels;
  }

  #pixelsOf(data: PreprocessedImage['data']): Uint8Array<ArrayBuffer> {
    if (data instanceof Uint8Array && data.buffer instanceof ArrayBuffer && data.length === this.#imageBytes) {
      return new Uint8Array(data.buffer, data.byteOffset, data.length);
    }
    throw new FashionMatchError(
      'ENCODER_FAILED',
      'An image was not prepared by this encoder, or has been encoded before: preprocess it again.',
    );
  }

  async #close(): Promise<void> {
    const { worker, logger, model } = this.#open;
    if (!(await worker.close(CLOSE_DEADLINE_MS))) {
      logger.warn(`The thread of ${model.name} did not end in time`);
    }
  }
}

/** sharp places pixels differently when it enlarges, so images smaller than the model's are resized exactly. */
function enlarges({ source, resized }: ResizePlan): boolean {
  return resized.width > source.width || resized.height > source.height;
}

function unexpected(): FashionMatchError {
  return new FashionMatchError('ENCODER_FAILED', "The encoder's thread gave an answer to another question.");
}
