import { parentPort } from 'node:worker_threads';

import { FashionMatchError, ItemError, normalise, reasonOf } from '@fashionmatch/domain';
import * as ort from 'onnxruntime-node';

import { levelTable, writePlanes } from './channel-planes.js';
import { cropPixels } from './crop-pixels.js';
import { readSignature } from './model-signature.js';
import type {
  EncodeJob,
  EncodeResult,
  OpenJob,
  OpenResult,
  ResizeJob,
  ResizeResult,
  UsedDevice,
  WorkerReply,
  WorkerRequest,
  WorkerResult,
} from './onnx-worker-protocol.js';
import { runWithinMemory } from './run-within-memory.js';

// A worker thread with one model in it: creating a session and running it block the thread they are called on.

/** A model that is open, with everything that its jobs need. */
interface OpenModel {
  readonly opened: OpenResult;
  encode(job: EncodeJob): Promise<EncodeResult>;
  resize(job: ResizeJob): Promise<ResizeResult>;
  release(): Promise<void>;
}

// Faults come as errors; what the library writes itself would tear progress bars.
ort.env.logLevel = 'fatal';

let model: OpenModel | undefined;
let previous: Promise<void> = Promise.resolve();
parentPort?.on('message', (request: WorkerRequest) => {
  // One after the other: two runs at once would need the memory of both.
  previous = previous.then(() => answer(request));
});

async function answer({ id, job }: WorkerRequest): Promise<void> {
  if (job.name === 'close') {
    await model?.release();
    parentPort?.close();
    return;
  }
  try {
    const result = await perform(job);
    const moved = result.name === 'encode' ? [result.vectors] : result.name === 'resize' ? [result.pixels] : [];
    reply({ id, result }, moved);
  } catch (error) {
    const known = error instanceof FashionMatchError || error instanceof ItemError;
    const code = known ? error.code : 'ENCODER_FAILED';
    reply({ id, result: { name: 'fault', code, message: reasonOf(error) } });
  }
}

function reply(message: WorkerReply, moved: readonly (Uint8Array | Float32Array)[] = []): void {
  const buffers = moved.flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? [buffer] : []));
  parentPort?.postMessage(message, buffers);
}

async function perform(job: OpenJob | EncodeJob | ResizeJob): Promise<WorkerResult> {
  if (job.name === 'open') {
    model = await open(job);
    return model.opened;
  }
  if (model === undefined) throw new Error('No model is open');
  return job.name === 'encode' ? model.encode(job) : model.resize(job);
}

async function open(job: OpenJob): Promise<OpenModel> {
  const { session, device, unusable } = await openOnFirstUsable(job);
  const { inputSize } = job.preprocessing;
  const signature = readSignature(session.inputMetadata, session.outputMetadata, inputSize, job.modelType);
  const resizer = await createSession(job.resizeModelPath, 'cpu', job.threads);

  const table = levelTable(job.preprocessing);
  const imageBytes = inputSize.width * inputSize.height * 3;
  let largestRun = job.oneByOne || signature.oneByOne ? 1 : Number.MAX_SAFE_INTEGER;

  const run = async (images: readonly Uint8Array[]): Promise<ort.Tensor> => {
    const planes = new Float32Array(images.length * imageBytes);
    for (const [i, pixels] of images.entries()) writePlanes(pixels, table, planes, i * imageBytes);
    const input = new ort.Tensor('float32', planes, [images.length, 3, inputSize.height, inputSize.width]);
    const output = (await session.run({ [signature.input]: input }, [signature.output]))[signature.output];
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

async function resizeWith(session: ort.InferenceSession, { pixels, plan }: ResizeJob): Promise<ResizeResult> {
  const { source, resized, crop } = plan;
  const image = new ort.Tensor('uint8', pixels, [1, source.height, source.width, 3]);
  const sizes = new ort.Tensor('int64', BigInt64Array.of(BigInt(resized.height), BigInt(resized.width)), [2]);
  const { resized: output } = await session.run({ image, sizes }).catch((cause: unknown) => {
    const size = `${String(source.width)}×${String(source.height)}`;
    throw new ItemError('IMAGE_INVALID', `An image of ${size} pixels cannot be resized`, { cause });
  });
  if (!(output?.data instanceof Uint8Array)) throw new Error('The resize model gave no image');
  return { name: 'resize', pixels: cropPixels(output.data, resized.width, crop) };
}

interface UsableSession {
  readonly session: ort.InferenceSession;
  readonly device: UsedDevice;
  readonly unusable: readonly string[];
}

async function openOnFirstUsable({ modelPath, devices, threads }: OpenJob): Promise<UsableSession> {
  const unusable: string[] = [];
  for (const device of devices) {
    try {
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
      `The device ${devices.join(', ')} cannot be used here; install what it needs, or set models.device to cpu (${unusable.join('; ')})`,
    );
  }
  return invalidModel(unusable.at(-1));
}

function invalidModel(reason: unknown): never {
  throw new FashionMatchError('MODEL_INVALID', `ONNX Runtime cannot load the model: ${reasonOf(reason)}`);
}

function createSession(path: string, device: UsedDevice, threads: number): Promise<ort.InferenceSession> {
  return ort.InferenceSession.create(path, {
    executionProviders: [device],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // The arena keeps the memory of the largest batch ever seen, and saves no time here.
    enableCpuMemArena: false,
    enableMemPattern: false,
    logSeverityLevel: 4,
    // Threads that wait by spinning take a quarter more CPU time for no speed.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
}

function numbersOf(tensor: ort.Tensor): Float32Array {
  if (tensor.data instanceof Float32Array) return tensor.data;
  throw new FashionMatchError('MODEL_INVALID', `The model gives ${tensor.type} numbers, not float32.`);
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
