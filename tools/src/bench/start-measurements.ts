import { once, EventEmitter } from 'node:events';
import { join } from 'node:path';

import { RecordingLogger } from '@fashionmatch/domain/testing';
import { openEmbeddedChroma } from '@fashionmatch/storage';

import { measured, type Measurement, type MeasurementJob } from './measurement.js';
import { BATCH_SIZE, openPipeline } from './pipeline-measurements.js';

/** From nothing to a Chroma server that answers. */
export async function measureServerStart({ workDirectory }: MeasurementJob): Promise<Measurement> {
  const persistDirectory = join(workDirectory, 'chromadb');
  const opening = openEmbeddedChroma({ persistDirectory, logger: new RecordingLogger() });
  const measurement = await measured(1, () => opening);
  await (await opening)[Symbol.asyncDispose]();
  return measurement;
}

/** From files to both models, ready to encode. */
export async function measureModelLoad(job: MeasurementJob): Promise<Measurement> {
  await using pipeline = await openPipeline(job);
  return await measured(1, () => pipeline.scorer.encoders());
}

/** One batch from files to the store, with server and models ready. */
export async function measureOneBatch(job: MeasurementJob): Promise<Measurement> {
  await using pipeline = await openPipeline(job);
  await pipeline.scorer.encoders();
  const process = () => pipeline.processReferences({ referenceDir: job.imagesDirectory, limit: BATCH_SIZE });
  return await measured(BATCH_SIZE, process);
}

/** From the start of this process to the first batch in the store, in a run over all images. */
export async function measureFirstBatch(job: MeasurementJob): Promise<Measurement> {
  const events = new EventEmitter();
  const firstBatch = once(events, 'stored').then(() => performance.now() / 1000);
  await using pipeline = await openPipeline(job, {
    progress: {
      report: (event) => {
        if (event.type === 'advanced' && event.work > 0) events.emit('stored');
      },
    },
  });
  const whole = await measured(BATCH_SIZE, () => pipeline.processReferences({ referenceDir: job.imagesDirectory }));
  return { ...whole, seconds: await firstBatch };
}
