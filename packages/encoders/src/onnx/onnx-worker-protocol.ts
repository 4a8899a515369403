import type { FatalCode, ItemCode } from '@fashionmatch/domain';

import type { TextKind } from '../models/model-families.js';
import type { Preprocessing } from '../models/preprocessor-config.js';
import type { ResizePlan } from '../images/resize-plan.js';
import type { UsedDevice } from './devices.js';

/** Comes first, once. */
export interface OpenJob {
  readonly name: 'open';
  readonly modelPath: string;
  /** `model_type` of the model's `config.json`; `''` when it has none. */
  readonly modelType: string;
  /** In the order to try them; the first that works is taken. */
  readonly devices: readonly UsedDevice[];
  /** Threads that one run may use. */
  readonly threads: number;
  readonly preprocessing: Pick<Preprocessing, 'inputSize' | 'rescale' | 'mean' | 'std'>;
  /** One image a run, whatever the batch. */
  readonly oneByOne: boolean;
  /** The graph that resizes. */
  readonly resizeModelPath: string;
}

/** Comes first, once, in place of an {@link OpenJob}: the model is a text tower. */
export interface OpenTextJob {
  readonly name: 'open-text';
  readonly modelPath: string;
  readonly kind: TextKind;
  /** Its `tokenizer.json`. */
  readonly tokenizerPath: string;
  /** In the order to try them; the first that works is taken. */
  readonly devices: readonly UsedDevice[];
  /** Threads that one run may use. */
  readonly threads: number;
}

export interface OpenResult {
  readonly name: 'open';
  readonly device: UsedDevice;
  /** Devices that could not be used, each with its reason. */
  readonly unusable: readonly string[];
  readonly dimensions: number;
  /** Such as `image_embeds`, or `last_hidden_state[0]`. */
  readonly output: string;
}

export interface EncodeJob {
  readonly name: 'encode';
  /** Each of `height × width × 3` bytes. */
  readonly images: readonly Uint8Array[];
}

export interface EncodeResult {
  readonly name: 'encode';
  /** One vector after the other, of length 1 each; those of `failed` are worthless. */
  readonly vectors: Float32Array;
  /** Positions of images that have no direction. */
  readonly failed: readonly number[];
  /** The batch did not fit in memory at once. From now on runs are of this many images. */
  readonly dividedInto: number | undefined;
}

export interface EncodeTextJob {
  readonly name: 'encode-text';
  readonly texts: readonly string[];
}

export interface EncodeTextResult {
  readonly name: 'encode-text';
  /** One vector after the other, of length 1 each. */
  readonly vectors: Float32Array;
  /** Positions of texts that are longer than the model reads. */
  readonly cut: readonly number[];
}

export interface ResizeJob {
  readonly name: 'resize';
  /** `plan.source` of the image, without what is around it. */
  readonly pixels: Uint8Array;
  readonly plan: ResizePlan;
}

export interface ResizeResult {
  readonly name: 'resize';
  /** `plan.crop` of the resized image. */
  readonly pixels: Uint8Array;
}

/** Comes last: the worker finishes what it has, frees its memory, and ends. */
export interface CloseJob {
  readonly name: 'close';
}

export type WorkerJob = OpenJob | OpenTextJob | EncodeJob | EncodeTextJob | ResizeJob | CloseJob;
export type WorkerResult = OpenResult | EncodeResult | EncodeTextResult | ResizeResult;

/** A job on its way; the reply carries its number. */
export interface WorkerRequest {
  readonly id: number;
  readonly job: WorkerJob;
}

/** Errors lose their class between threads. */
export interface WorkerFault {
  readonly name: 'fault';
  readonly code: FatalCode | ItemCode;
  readonly message: string;
}

export interface WorkerReply {
  readonly id: number;
  readonly result: WorkerResult | WorkerFault;
}
