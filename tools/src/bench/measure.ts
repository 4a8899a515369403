import { measureEncoder, measurePreprocess } from './encoder-measurements.js';
import { jobSchema, type Measurement, type MeasurementJob } from './measurement.js';

/** Takes one measurement and prints it: `node tools/dist/bench/measure.js JOB`, with the job as JSON. */
process.stdout.write(`${JSON.stringify(await take(jobSchema.parse(JSON.parse(process.argv[2] ?? ''))))}\n`);

async function take(job: MeasurementJob): Promise<Measurement> {
  switch (job.name) {
    case 'preprocess':
      return measurePreprocess(job);
    case 'preprocess-one-by-one':
      return measurePreprocess(job, 1);
    case 'clip':
    case 'dino':
      return measureEncoder(job, job.name);
    case 'store':
      return (await import('./pipeline-measurements.js')).measureStore(job);
    case 'pipeline':
      return (await import('./pipeline-measurements.js')).measurePipeline(job);
    case 'server-start':
      return (await import('./start-measurements.js')).measureServerStart(job);
    case 'model-load':
      return (await import('./start-measurements.js')).measureModelLoad(job);
    case 'one-batch':
      return (await import('./start-measurements.js')).measureOneBatch(job);
    case 'first-batch':
      return (await import('./start-measurements.js')).measureFirstBatch(job);
    case 'transformers-preprocess':
    case 'transformers': {
      const { measureTransformers } = await import('./transformers-measurements.js');
      return measureTransformers(job, job.name === 'transformers' ? 'all' : 'preprocess');
    }
  }
}
