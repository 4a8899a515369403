import { FashionMatchError, reasonOf } from '@fashionmatch/domain';
import * as ort from 'onnxruntime-node';

import { DEVICE_NEEDS, tryApart } from './device-needs.js';
import { mapWeights } from './graph/mapped-weights.js';
import { fromHalves } from './half-precision.js';
import { cardOf, kindOf, type UsedDevice } from './devices.js';

// The only file that imports the library. Sessions block the thread that they are made and run on: use it in workers.

// Faults come as errors; what the library writes itself would tear progress bars.
ort.env.logLevel = 'fatal';

export type Session = ort.InferenceSession;
export type Tensor = ort.Tensor;

export const floatTensor = (data: Float32Array, dims: readonly number[]): Tensor =>
  new ort.Tensor('float32', data, dims);
/** @param data the bits of float16 numbers. */
export const halfTensor = (data: Uint16Array, dims: readonly number[]): Tensor => new ort.Tensor('float16', data, dims);
export const int64Tensor = (data: BigInt64Array, dims: readonly number[]): Tensor =>
  new ort.Tensor('int64', data, dims);
export const bytesTensor = (data: Uint8Array, dims: readonly number[]): Tensor => new ort.Tensor('uint8', data, dims);

export interface SessionOptions {
  readonly modelPath: string;
  /** In the order to try them; the first that works is taken. */
  readonly devices: readonly UsedDevice[];
  /** Threads that one run may use. */
  readonly threads: number;
}

export interface UsableSession {
  readonly session: Session;
  readonly device: UsedDevice;
  /** Devices that could not be used, each with its reason. */
  readonly unusable: readonly string[];
}

/**
 * Opens a model on the first device that can run it.
 *
 * @throws FashionMatchError `MODEL_INVALID` when the CPU cannot load it either, `DEVICE_UNAVAILABLE` when a device that
 *   was asked for by name cannot be used.
 */
export async function openOnFirstUsable({ modelPath, devices, threads }: SessionOptions): Promise<UsableSession> {
  const unusable: string[] = [];
  for (const device of devices) {
    try {
      await tryApart(modelPath, device);
      return { session: await createSession(modelPath, device, threads), device, unusable };
    } catch (error) {
      unusable.push(`${device}: ${reasonOf(error)}`);
    }
  }
  if (!devices.includes('cpu')) {
    // A model that the CPU cannot run either is the model's fault, not the device's.
    const session = await createSession(modelPath, 'cpu', threads).catch(invalidModel);
    await session.release();
    throw new FashionMatchError(
      'DEVICE_UNAVAILABLE',
      `The device ${devices.join(', ')} cannot be used here: ${devices.map((device) => DEVICE_NEEDS[kindOf(device)]).join('; ')}. ` +
        `Install that, or set models.device to cpu (${unusable.join('; ')})`,
    );
  }
  return invalidModel(unusable.at(-1));
}

export async function createSession(path: string, device: UsedDevice, threads: number): Promise<Session> {
  // What is wrong with a file, ONNX Runtime says better when it reads it as a whole.
  const mapped = device === 'cpu' ? await mapWeights(path).catch(() => undefined) : undefined;
  const options = sessionOptions(device, threads, mapped?.weightsFolder);
  return mapped ? ort.InferenceSession.create(mapped.graph, options) : ort.InferenceSession.create(path, options);
}

function sessionOptions(
  device: UsedDevice,
  threads: number,
  weightsFolder: string | undefined,
): ort.InferenceSession.SessionOptions {
  const card = cardOf(device);
  return {
    executionProviders: [card === undefined ? device : { name: 'cuda', deviceId: card }],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // The arena keeps the memory of the largest batch ever seen, and saves no time here.
    enableCpuMemArena: false,
    enableMemPattern: false,
    logSeverityLevel: 4,
    extra: {
      session: {
        // Threads that wait by spinning take a quarter more CPU time for no speed.
        intra_op: { allow_spinning: '0' },
        // Without it, sums over signed int8 weights saturate on processors that lack VNNI: cosines to the same model in
        // fp32 fall from .999 to .9. Models without such weights run as before.
        x64quantprecision: '1',
        ...(weightsFolder !== undefined && { model_external_initializers_file_folder_path: weightsFolder }),
      },
    },
  };
}

/** @throws FashionMatchError `MODEL_INVALID` when the tensor holds other numbers than float32 or float16. */
export function numbersOf({ data, type }: Tensor): Float32Array {
  if (data instanceof Float32Array) return data;
  // Uint16Array, and from Node 24 on Float16Array.
  if (type === 'float16' && ArrayBuffer.isView(data)) {
    return fromHalves(new Uint16Array(data.buffer, data.byteOffset, data.length));
  }
  throw new FashionMatchError('MODEL_INVALID', `The model gives ${type} numbers, not float32.`);
}

function invalidModel(reason: unknown): never {
  throw new FashionMatchError('MODEL_INVALID', `ONNX Runtime cannot load the model: ${reasonOf(reason)}`);
}
