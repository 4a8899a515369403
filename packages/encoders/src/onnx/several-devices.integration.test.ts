import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Worker } from 'node:worker_threads';

import { FashionMatchError, type EncodeOutcome } from '@fashionmatch/domain';
import { imageEncoderContract, RecordingLogger, sampleImage } from '@fashionmatch/domain/testing';
import { describe, expect, test } from '@jest/globals';

import { resolveModel } from '../models/model-files.js';
import { devicesToTry, devicesTogether, type Device } from './devices.js';
import { encodingTurns } from './encoding-turns.js';
import { openOnnxImageEncoder, type OpenedImageEncoder } from './onnx-image-encoder.js';

// CoreML exists on Apple's systems alone, DirectML on Windows alone.
const ABSENT = process.platform === 'darwin' ? 'dml' : 'coreml';

const logger = new RecordingLogger();

async function open(device: Device | readonly Device[]): Promise<OpenedImageEncoder> {
  const model = await resolveModel('builtin/structure');
  return openOnnxImageEncoder({ model, logger, device, turns: encodingTurns(device), threads: 2 });
}

async function encode(encoder: OpenedImageEncoder, images: number): Promise<EncodeOutcome[]> {
  const samples = Array.from({ length: images }, (_, seed) => encoder.preprocess(sampleImage(300, 300, seed)));
  return encoder.encode(await Promise.all(samples));
}

/** Calls `use` with a list of the threads that are started meanwhile. */
async function withThreads(use: (threads: readonly Worker[]) => Promise<void>): Promise<void> {
  const threads: Worker[] = [];
  const add = (message: unknown): void => {
    const { worker } = Object(message);
    if (worker instanceof Worker) threads.push(worker);
  };
  subscribe('worker_threads', add);
  try {
    await use(threads);
  } finally {
    unsubscribe('worker_threads', add);
  }
}

/** As if its device had failed: no run comes to an end. */
function end(thread: Worker | undefined): void {
  thread?.postMessage({ id: 0, job: { name: 'close' } });
}

const warnings = (): string[] => logger.events.filter(({ level }) => level === 'warn').map(({ message }) => message);

describe('on two devices', () => {
  imageEncoderContract(test, () => open(['cpu', 'cpu']));
});

test('each has its thread, and vectors are those of one', async () => {
  await withThreads(async (threads) => {
    await using one = await open('cpu');
    const alone = await encode(one, 40);
    const before = threads.length;
    await using encoder = await open(['cpu', 'cpu']);
    expect([threads.length - before, encoder.model.device]).toEqual([2, 'cpu, cpu']);
    expect(await encode(encoder, 40)).toEqual(alone);
    expect(encoder.id).toBe(one.id);
  });
});

test('one that is not here is left out with a warning; where there is none, that is an error', async () => {
  await using encoder = await open(['cpu', ABSENT]);
  expect(encoder.model.device).toBe('cpu');
  expect(warnings().at(-1)).toContain(`The device ${ABSENT} is left out`);
  expect(await encode(encoder, 3)).toHaveLength(3);
  await expect(open([ABSENT, ABSENT])).rejects.toMatchObject({ code: 'DEVICE_UNAVAILABLE' });
});

test('what a device that fails had is done by the others, until there are none', async () => {
  await withThreads(async (threads) => {
    await using encoder = await open(['cpu', 'cpu']);
    const expected = await encode(encoder, 32);
    const told = warnings().length;
    end(threads[0]);
    expect(await encode(encoder, 32)).toEqual(expected);
    expect(warnings().slice(told)).toEqual([expect.stringContaining('The device cpu is left out')]);
    end(threads[1]);
    const error: unknown = await encode(encoder, 32).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FashionMatchError);
    expect(error).toMatchObject({ code: 'DEVICE_UNAVAILABLE', message: expect.stringContaining('models.device') });
    await expect(encode(encoder, 1)).rejects.toMatchObject({ code: 'DEVICE_UNAVAILABLE' });
  });
});

test('all cards are tried until there is none, and one alone is no set of devices', () => {
  expect(devicesTogether('cuda:all')).toMatchObject({ untilNone: true });
  expect(devicesTogether(['cuda:0', 'cuda:1'])).toEqual({ devices: ['cuda:0', 'cuda:1'], untilNone: false });
  expect(devicesTogether(['cuda:1'])).toBeUndefined();
  expect(devicesToTry(['cuda:1'])).toEqual(['cuda:1']);
  expect(devicesToTry('cuda:all')).toEqual(['cuda:0']);
});

test('a card that is not here is named with what it needs', async () => {
  const opening = open('cuda:63');
  await expect(opening).rejects.toMatchObject({
    ...{ code: 'DEVICE_UNAVAILABLE', message: expect.stringMatching(/cuda:63.*needs/) },
  });
});
