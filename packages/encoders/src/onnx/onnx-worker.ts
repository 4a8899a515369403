import { parentPort } from 'node:worker_threads';

import { FashionMatchError, ItemError, reasonOf } from '@fashionmatch/domain';

import { openImageModel, type OpenImageModel } from './onnx-image-model.js';
import type { OpenTextModel } from './text/onnx-text-model.js';
import type { CloseJob, WorkerJob, WorkerReply, WorkerRequest, WorkerResult } from './onnx-worker-protocol.js';

// A worker thread with one model in it: creating a session and running it block the thread they are called on.

let model: OpenImageModel | OpenTextModel | undefined;
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
    reply({ id, result }, movable(result));
  } catch (error) {
    const known = error instanceof FashionMatchError || error instanceof ItemError;
    const code = known ? error.code : 'ENCODER_FAILED';
    reply({ id, result: { name: 'fault', code, message: reasonOf(error) } });
  }
}

async function perform(job: Exclude<WorkerJob, CloseJob>): Promise<WorkerResult> {
  switch (job.name) {
    case 'open':
      model = await openImageModel(job);
      return model.opened;
    case 'open-text': {
      // An encoder of images has no use for a tokeniser.
      const { openTextModel } = await import('./text/onnx-text-model.js');
      model = await openTextModel(job);
      return model.opened;
    }
    case 'encode-text':
      if (model?.kind === 'text') return model.encodeText(job);
      break;
    case 'encode':
      if (model?.kind === 'image') return model.encode(job);
      break;
    case 'resize':
      if (model?.kind === 'image') return model.resize(job);
      break;
  }
  throw new Error('No model for this is open');
}

function movable(result: WorkerResult): readonly (Uint8Array | Float32Array)[] {
  if (result.name === 'open') return [];
  return [result.name === 'resize' ? result.pixels : result.vectors];
}

function reply(message: WorkerReply, moved: readonly (Uint8Array | Float32Array)[] = []): void {
  const buffers = moved.flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? [buffer] : []));
  parentPort?.postMessage(message, buffers);
}
