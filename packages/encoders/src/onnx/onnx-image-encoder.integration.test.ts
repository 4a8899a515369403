import { execFile, spawnSync } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

import { FashionMatchError } from '@fashionmatch/domain';
import { imageEncoderContract, RecordingLogger, sampleImage } from '@fashionmatch/domain/testing';
import { describe, expect, jest, test } from '@jest/globals';

import { resolveModel } from '../models/model-files.js';
import { openOnnxImageEncoder, type OnnxImageEncoderOptions } from './onnx-image-encoder.js';

jest.setTimeout(60_000);

const open = async (name: string, options: Partial<OnnxImageEncoderOptions> = {}) =>
  openOnnxImageEncoder({ model: await resolveModel(name), logger: new RecordingLogger(), device: 'cpu', ...options });

describe('builtin/colour-layout', () => {
  imageEncoderContract(test, () => open('builtin/colour-layout'));
});

describe('builtin/structure, resampled exactly', () => {
  imageEncoderContract(test, () => open('builtin/structure', { resample: 'exact' }));
});

async function faultOf(opening: Promise<unknown>): Promise<FashionMatchError> {
  const error: unknown = await opening.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof FashionMatchError) return error;
  throw new Error(`Expected a FashionMatchError, got ${String(error)}`);
}

test('a batch of 32 is encoded without stopping the main thread', async () => {
  const encoder = await open('builtin/structure');
  const image = sampleImage(320, 240, 1);
  const activeMs: number[] = [];
  for (let attempt = 0; attempt < 3; attempt++) {
    const batch = await Promise.all(Array.from({ length: 32 }, () => encoder.preprocess(image)));
    const before = performance.eventLoopUtilization();
    await encoder.encode(batch);
    activeMs.push(performance.eventLoopUtilization(before).active);
  }
  // All that happened on this thread: less than the longest pause that is allowed. What else runs on the machine can
  // only add to it, so the quietest counts.
  expect(Math.min(...activeMs)).toBeLessThan(50);
  await encoder[Symbol.asyncDispose]();
});

test('each of its runs, of eight images at most, waits for its turn', async () => {
  const waiting: (() => void)[] = [];
  const encoder = await open('builtin/structure', {
    turns: async (run) => {
      await new Promise<void>((resolve) => void waiting.push(resolve));
      return run();
    },
  });
  const image = sampleImage(320, 240, 1);
  const batch = await Promise.all(Array.from({ length: 20 }, () => encoder.preprocess(image)));
  let isDone = false;
  const encoding = encoder.encode(batch).finally(() => (isDone = true));
  expect(waiting).toHaveLength(3);
  waiting.splice(0, 2).forEach((begin) => {
    begin();
  });
  await delay(200);
  expect(isDone).toBe(false);
  waiting.forEach((begin) => {
    begin();
  });
  expect(await encoding).toHaveLength(20);
  await encoder[Symbol.asyncDispose]();
});

test('says what really runs', async () => {
  const logger = new RecordingLogger();
  const encoder = await open('builtin/structure', { logger, device: 'auto' });
  expect(encoder.model.device).toMatch(/^(cpu|cuda)$/);
  expect(logger.events).toContainEqual(
    expect.objectContaining({ level: 'info', fields: expect.objectContaining({ device: encoder.model.device }) }),
  );
  await encoder[Symbol.asyncDispose]();
});

test('an image that has been encoded cannot be encoded again', async () => {
  const encoder = await open('builtin/structure');
  const batch = [await encoder.preprocess(sampleImage(30, 30, 1))];
  await encoder.encode(batch);
  expect(await faultOf(encoder.encode(batch))).toMatchObject({ code: 'ENCODER_FAILED' });
  await encoder[Symbol.asyncDispose]();
});

test('a second copy of the model is opened when a batch waits for the first, and not before', async () => {
  let copies = 0;
  const count = (): void => {
    copies++;
  };
  subscribe('worker_threads', count);
  const encoder = await open('builtin/structure', { threads: 2 });
  const prepare = (images: number) =>
    Promise.all(Array.from({ length: images }, (_, seed) => encoder.preprocess(sampleImage(300, 300, seed))));
  const [alone] = await encoder.encode(await prepare(1));
  expect(copies).toBe(1);
  const [first, ...others] = await encoder.encode(await prepare(64));
  expect([copies, others.length]).toEqual([2, 63]);
  expect(first).toEqual(alone);
  await encoder.encode(await prepare(64));
  await encoder[Symbol.asyncDispose]();
  unsubscribe('worker_threads', count);
  expect(copies).toBe(2);
});

test('when it has been closed, every call is an error, and closing again does nothing', async () => {
  const encoder = await open('builtin/structure');
  const batch = [await encoder.preprocess(sampleImage(300, 300, 1))];
  const running = encoder.encode(batch);
  await encoder[Symbol.asyncDispose]();
  await encoder[Symbol.asyncDispose]();
  // What was under way is finished first.
  expect(await running).toHaveLength(1);
  const later = await encoder.preprocess(sampleImage(300, 300, 1));
  expect(await faultOf(encoder.encode([later]))).toMatchObject({ code: 'ENCODER_FAILED' });
});

test('a device that is not here is named, with the way out', async () => {
  // CoreML exists on Apple's systems alone, DirectML on Windows alone.
  const absent = process.platform === 'darwin' ? 'dml' : 'coreml';
  const { code, message } = await faultOf(open('builtin/structure', { device: absent }));
  expect(code).toBe('DEVICE_UNAVAILABLE');
  expect(message).toContain(absent);
  expect(message).toContain('models.device');
});

test('what a device needs is named, and its libraries write nothing to the terminal', () => {
  const program = `
    import { openOnnxImageEncoder, resolveModel } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)};
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    const model = await resolveModel('builtin/structure');
    for (const device of ['webgpu', 'cuda']) {
      await openOnnxImageEncoder({ model, device, logger }).then(
        (encoder) => encoder[Symbol.asyncDispose](),
        (error) => console.log(error.code, error.message),
      );
    }`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
  // On a machine that has one of them, nothing is said of it.
  for (const line of stdout.split('\n').filter((line) => line !== '')) {
    expect(line).toMatch(/^DEVICE_UNAVAILABLE .* it needs .*(Vulkan|install\.js).* set models\.device to cpu/);
  }
});

test('a model with other dimensions than its description says', async () => {
  const model = { ...(await resolveModel('builtin/structure')), dimensions: 512 };
  const { code, message } = await faultOf(open('builtin/structure', { model }));
  expect(code).toBe('MODEL_INVALID');
  expect(message).toContain('384');
});

test('a file that is no model', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'no-model-'));
  const path = join(folder, 'model.onnx');
  await writeFile(path, '<html>');
  const model = { ...(await resolveModel('builtin/structure')), path };
  expect(await faultOf(open('builtin/structure', { model }))).toMatchObject({ code: 'MODEL_INVALID' });
  expect(await faultOf(open('builtin/structure', { model, device: 'coreml' }))).toMatchObject({
    code: 'MODEL_INVALID',
  });
  await rm(folder, { recursive: true });
});

describe('a process that opened encoders ends', () => {
  const script = (last: string) => `
    const { openOnnxImageEncoder, resolveModel } = await import(${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)});
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    const model = await resolveModel('builtin/structure');
    const encoder = await openOnnxImageEncoder({ model, logger });
    const image = { width: 900, height: 900, data: new Uint8Array(900 * 900 * 3) };
    const batch = await Promise.all(Array.from({ length: 16 }, () => encoder.preprocess(image)));
    ${last}`;
  test.each([
    ['when they are closed', 'await encoder.encode(batch); await encoder[Symbol.asyncDispose](); console.log("end");'],
    ['when they are forgotten', 'await encoder.encode(batch); console.log("end");'],
    [
      'when one fails beside them',
      'encoder.encode(batch).then(() => console.log("end")); await encoder.encode([{}]).catch(() => {});',
    ],
  ])('%s', async (_, last) => {
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script(last)], { timeout: 20_000 });
    expect((await run).stdout.trim()).toBe('end');
  });
});
