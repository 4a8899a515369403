import { z } from 'zod';

/** What can be timed, each in a process of its own. */
export const MEASUREMENTS = [
  'preprocess',
  'preprocess-one-by-one',
  'clip',
  'dino',
  'store',
  'pipeline',
  'server-start',
  'model-load',
  'one-batch',
  'first-batch',
  'transformers-preprocess',
  'transformers',
] as const;
export type MeasurementName = (typeof MEASUREMENTS)[number];

/** What the process is told. */
export const jobSchema = z.object({
  name: z.enum(MEASUREMENTS),
  imagesDirectory: z.string(),
  modelsDirectory: z.string(),
  /** An empty folder of its own. */
  workDirectory: z.string(),
  /** How many of the images to take. */
  images: z.number().int().positive(),
  precision: z.enum(['fp32', 'int8']),
  /** For one session alone on the machine; the pipeline chooses for itself. */
  threads: z.number().int().positive(),
});
export type MeasurementJob = z.infer<typeof jobSchema>;

/** What it answers: preparations and loading of models are not in the times. */
export const measurementSchema = z.object({
  images: z.number(),
  seconds: z.number(),
  /** Of all its threads. */
  cpuSeconds: z.number(),
  peakMemoryBytes: z.number(),
});
export type Measurement = z.infer<typeof measurementSchema>;

/** Times something on this process. */
export async function measured(images: number, run: () => Promise<unknown>): Promise<Measurement> {
  const before = process.cpuUsage();
  const startedAt = performance.now();
  await run();
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(before);
  return {
    images,
    seconds,
    cpuSeconds: (user + system) / 1_000_000,
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
  };
}
