import { ITEM_CODES, type WorkJob } from '@fashionmatch/domain';
import { z } from 'zod';

/** More than a coordinator ever puts in one job. */
const MAX_IMAGES = 1_024;

const contentSha256 = z.string().regex(/^[0-9a-f]{64}$/);
const encoderId = z.string().min(1).max(1_000);

const jobData = z.object({
  run: z.string().min(1).max(200),
  encoder_ids: z.object({ clip: encoderId, dino: encoderId }),
  images: z
    .array(z.object({ content_sha256: contentSha256, path: z.string().min(1).max(4_096) }))
    .min(1)
    .max(MAX_IMAGES),
});

const returned = z.object({
  faults: z
    .array(
      z.object({
        contentSha256,
        stage: z.enum(['discover', 'decode', 'encode', 'store']),
        code: z.enum(ITEM_CODES),
        reason: z.string().max(1_000),
      }),
    )
    .max(MAX_IMAGES),
});

/** What a job's return value is. */
export type Returned = z.output<typeof returned>;

/** A job as it stands in the queue. */
export type JobData = z.output<typeof jobData>;

export function toJobData({ run, encoderIds, images }: WorkJob): JobData {
  const list = images.map((image) => ({ content_sha256: image.contentSha256, path: image.path }));
  return { run, encoder_ids: encoderIds, images: list };
}

/** @throws Error when it is no job of ours. */
export function fromJobData(data: unknown): WorkJob {
  const parsed = jobData.safeParse(data);
  if (!parsed.success) throw new Error('The job has another form: coordinator and worker are of two versions.');
  const { run, encoder_ids: encoderIds, images } = parsed.data;
  return {
    run,
    encoderIds,
    images: images.map((image) => ({ contentSha256: image.content_sha256, path: image.path })),
  };
}

/** Whose job it is; undefined when it is none of ours. */
export function runOf(data: unknown): string | undefined {
  return jobData.shape.run.safeParse(z.object({ run: z.unknown() }).safeParse(data).data?.run).data;
}

/** @throws Error when it is not what a worker of ours returns. */
export function fromReturned(value: unknown): Returned {
  const parsed = returned.safeParse(value);
  if (!parsed.success) throw new Error('The result has another form: coordinator and worker are of two versions.');
  return parsed.data;
}
