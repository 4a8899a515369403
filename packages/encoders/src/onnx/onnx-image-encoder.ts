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

import { cropPixels } from '../images/crop-pixels.js';
import { encoderId, type Colour, type Resample } from '../models/encoder-id.js';
import { encodingTurns, type Turns } from './encoding-turns.js';
import { unexpectedAnswer } from './onnx-worker-client.js';
import { aboutModel, OnnxWorkerPool, type OnLeftOut } from './onnx-worker-pool.js';
import { devicesToTry, devicesTogether, type Device } from './devices.js';
import type { OpenJob } from './onnx-worker-protocol.js';
import { planResize, type ResizePlan } from '../images/resize-plan.js';
import type { ResolvedModel } from '../models/resolved-model.js';
import { resizedOnce } from '../images/resized-once.js';

export interface OnnxImageEncoderOptions {
  readonly model: ResolvedModel;
  readonly logger: Logger;
  /**
   * `auto` by default: a CUDA device where one works, else the CPU. Any other is that one or an error. Several, or
   * `cuda:all`, have a copy of the model each, and take turns as they become free; those that fail are left out.
   */
  readonly device?: Device | readonly Device[];
  /** Threads on the CPU; by default one for each core. From two on, two copies of the model share them. */
  readonly threads?: number;
  readonly resample?: Resample;
  /** How the decoder of its images treats colour profiles, for the {@link ImageEncoder.id}; `convert` by default. */
  readonly colour?: Colour;
  /** Of encoders that work side by side; by default this one takes turns with nobody. */
  readonly turns?: Turns;
}

export interface OpenedImageEncoder extends ImageEncoder, AsyncDisposable {
  /** What of the model's outputs is taken, such as `image_embeds`, or `last_hidden_state[0]`. */
  readonly output: string;
}

/** A large model on one slow core takes a second an image. */
const IMAGE_DEADLINE_MS = 30_000;

/**
 * Copies of a model on the CPU. Two that work on different images wait for each other less than the threads of one
 * run do, and keep the cores busy when the other encoder has nothing to do; each more takes as much memory again.
 * See docs/performance.md.
 */
const COPIES = 2;

/** More images at once are no faster on the CPU, take more memory, and can be stopped later. */
const IMAGES_A_RUN = 8;

/**
 * Opens a model in threads of its own and runs it once. Any ONNX export with the inputs and outputs of CLIP's or
 * DINOv2's image encoder works. Dispose it: that ends the threads.
 *
 * @throws FashionMatchError `MODEL_INVALID` when the model is none that images can be encoded with,
 *   `DEVICE_UNAVAILABLE` when the device asked for cannot run it.
 */
export async function openOnnxImageEncoder(options: OnnxImageEncoderOptions): Promise<OpenedImageEncoder> {
  const { model, logger, device = 'auto', resample = 'fast', colour = 'convert', turns = encodingTurns() } = options;
  const { preprocessing, quantised } = model;
  const threads = options.threads ?? availableParallelism();
  const together = devicesTogether(device);
  const sharing = together ? together.devices.filter((one) => one === 'cpu').length : Math.min(COPIES, threads);
  const job: OpenJob = {
    name: 'open',
    modelPath: model.path,
    modelType: model.modelType,
    devices: devicesToTry(device),
    threads: Math.max(1, Math.floor(threads / Math.max(1, sharing))),
    preprocessing,
    // Dynamic quantisation scales a whole batch by its largest value: vectors would depend on batch mates.
    oneByOne: quantised,
    resizeModelPath: resizeModelPath(model),
  };
  let pool: OnnxWorkerPool | undefined;
  try {
    const onLeftOut: OnLeftOut = (left, reason) => {
      logger.warn(`The device ${left} is left out: ${reason}`, { model: model.name, device: left });
    };
    pool = together
      ? await OnnxWorkerPool.openTogether(job, together, onLeftOut)
      : await OnnxWorkerPool.open(job, sharing);
    checkDimensions(model, pool.opened);
    return new OnnxImageEncoder({ model, logger, resample, colour, turns, pool });
  } catch (error) {
    await pool?.close();
    throw aboutModel(model.name, error);
  }
}

function checkDimensions({ dimensions }: ResolvedModel, opened: OnnxWorkerPool['opened']): void {
  if (dimensions === undefined || dimensions === opened.dimensions) return;
  const given = `${String(opened.dimensions)} numbers in ${opened.output}`;
  throw new FashionMatchError('MODEL_INVALID', `The model gives ${given}, not ${String(dimensions)} as it should.`);
}

function resizeModelPath({ preprocessing }: ResolvedModel): string {
  return fileURLToPath(new URL(`../../builtin/resize/${preprocessing.filter}.onnx`, import.meta.url));
}

interface OpenEncoder {
  readonly model: ResolvedModel;
  readonly logger: Logger;
  readonly resample: Resample;
  readonly colour: Colour;
  readonly turns: Turns;
  readonly pool: OnnxWorkerPool;
}

class OnnxImageEncoder implements OpenedImageEncoder {
  readonly id: string;
  readonly output: string;
  readonly dimensions: number;
  readonly model: ImageEncoder['model'];

  readonly #open: OpenEncoder;
  readonly #imageBytes: number;

  constructor(open: OpenEncoder) {
    const { model, resample, colour, pool, logger } = open;
    const { opened } = pool;
    this.#open = open;
    this.#imageBytes = model.preprocessing.inputSize.width * model.preprocessing.inputSize.height * 3;
    this.id = encoderId(model, resample, colour);
    this.dimensions = opened.dimensions;
    this.output = opened.output;
    this.model = {
      name: model.name,
      sha256: model.sha256,
      precision: model.precision,
      device: pool.devices.join(', '),
    };
    logger.info(`Encoder ready: ${model.name} on ${this.model.device}`, {
      encoder: this.id,
      dimensions: this.dimensions,
      output: opened.output,
      device: this.model.device,
      unusableDevices: opened.unusable,
    });
  }

  async preprocess(image: DecodedImage): Promise<PreprocessedImage> {
    const { model, resample } = this.#open;
    const { inputSize, filter } = model.preprocessing;
    const plan = planResize(image, model.preprocessing);
    const exactly = resample === 'exact' || enlarges(plan);
    const data = exactly ? await this.#resizeInWorker(image, plan) : await resizedOnce(image, plan, filter);
    return { data, dims: [inputSize.height, inputSize.width, 3] };
  }

  async encode(batch: readonly PreprocessedImage[]): Promise<EncodeOutcome[]> {
    if (batch.length === 0) return [];
    const images = apart(batch.map(({ data }) => this.#pixelsOf(data)));
    const runs: Promise<EncodeOutcome[]>[] = [];
    for (let at = 0; at < images.length; at += IMAGES_A_RUN) {
      runs.push(this.#encodeSome(images.slice(at, at + IMAGES_A_RUN)));
    }
    return (await Promise.all(runs)).flat();
  }

  async #encodeSome(images: readonly Uint8Array<ArrayBuffer>[]): Promise<EncodeOutcome[]> {
    const deadline = IMAGE_DEADLINE_MS * (images.length + 1);
    const buffers = images.map(({ buffer }) => buffer);
    const { pool, turns } = this.#open;
    const result = await pool.run({ name: 'encode', images }, buffers, deadline, turns);
    if (result.name !== 'encode') throw unexpectedAnswer();

    if (result.dividedInto !== undefined) {
      this.#open.logger.warn(`Too little memory for ${String(images.length)} images at once`, {
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

  async [Symbol.asyncDispose](): Promise<void> {
    const { pool, logger, model } = this.#open;
    if (!(await pool.close())) logger.warn(`The threads of ${model.name} did not end in time`);
  }

  async #resizeInWorker(image: DecodedImage, plan: ResizePlan): Promise<Uint8Array> {
    const pixels = cropPixels(image.data, image.width, plan.source);
    const result = await this.#open.pool.run({ name: 'resize', pixels, plan }, [pixels.buffer], IMAGE_DEADLINE_MS);
    if (result.name !== 'resize') throw unexpectedAnswer();
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
}

/** Each in a buffer of its own, for they are moved to different threads. */
function apart(images: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer>[] {
  const seen = new Set<ArrayBuffer>();
  return images.map((image) => {
    if (seen.has(image.buffer)) return image.slice();
    seen.add(image.buffer);
    return image;
  });
}

/** sharp places pixels differently when it enlarges, so images smaller than the model's are resized exactly. */
function enlarges({ source, resized }: ResizePlan): boolean {
  return resized.width > source.width || resized.height > source.height;
}
