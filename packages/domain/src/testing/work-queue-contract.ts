import assert from 'node:assert/strict';

import type { DualEmbedding } from '../embedding.js';
import { FashionMatchError } from '../errors.js';
import type { JobOutcome, WorkJob, WorkQueue, WorkResult } from '../ports/work-queue.js';
import { withOpened, type DeclareTest, type Open } from './contract.js';
import { randomEmbedding, seededRandom } from './sample-items.js';

export interface WorkQueueUnderTest {
  readonly queue: WorkQueue;
  /** Ends the workers that have jobs as if they had been killed; `handle` may go on, and is not heard of. */
  readonly loseWorkers: () => Promise<void>;
}

const ENCODERS = { clip: 'clip-a', dino: 'dino-a' };
const DIMENSIONS = { clip: 24, dino: 16 };

/** What every {@link WorkQueue} guarantees. The suite takes some seconds where a lost worker is noticed in one. */
export function workQueueContract(test: DeclareTest, open: Open<WorkQueueUnderTest>): void {
  const check = (name: string, run: (subject: WorkQueueUnderTest) => Promise<void>): unknown =>
    test(`work queue: ${name}`, () => withOpened(open(), run));

  check('vectors come back bit for bit, and faults with their reasons', async ({ queue }) => {
    const job = jobOf('run', 3);
    const [first, second, third] = hashesOf(job);
    const faults = [{ contentSha256: third, stage: 'decode', code: 'IMAGE_INVALID', reason: 'no image' }] as const;
    const made = new Map([first, second].map((hash) => [hash, vectorsOf(hash)]));
    await using worker = work(queue, () => Promise.resolve({ vectors: made, faults }));
    assert.deepEqual(await queue.submit(job), { kind: 'finished', faults });
    assert.deepEqual(worker.jobs, [job]);
    assert.deepEqual(await queue.results(ENCODERS, [first, second, third]), made);
  });

  check('vectors are known by encoders and content, until they are forgotten', async ({ queue }) => {
    const job = jobOf('run', 2);
    const [first, second] = hashesOf(job);
    await using worker = work(queue, resultOf);
    await queue.submit(job);
    assert.equal((await queue.results({ ...ENCODERS, dino: 'dino-b' }, [first])).size, 0);
    await queue.forget(ENCODERS, [first, 'f'.repeat(64)]);
    assert.deepEqual([...(await queue.results(ENCODERS, [first, second])).keys()], [second]);
    assert.equal((await queue.results(ENCODERS, [])).size, 0);
    await queue.forget(ENCODERS, []);
    assert.equal(worker.jobs.length, 1);
  });

  check('jobs are shared out, no more at once than a worker takes', async ({ queue }) => {
    await using one = work(queue, slowly(30), 2);
    await using other = work(queue, slowly(30), 1);
    const jobs = Array.from({ length: 12 }, (_, i) => jobOf('run', 1, i));
    const outcomes = await Promise.all(jobs.map((job) => queue.submit(job)));
    assert.ok(outcomes.every(({ kind }) => kind === 'finished'));
    assert.deepEqual([...one.jobs, ...other.jobs].flatMap(hashesOf).sort(), jobs.flatMap(hashesOf).sort());
    assert.ok(one.jobs.length > 0 && other.jobs.length > 0);
    assert.ok(one.most === 2 && other.most === 1, `${String(one.most)} and ${String(other.most)} at once`);
  });

  check('what a handler throws is the failure of its job, and the worker goes on', async ({ queue }) => {
    const failing = jobOf('run', 1, 1);
    await using worker = work(queue, (job) => {
      if (hashesOf(job)[0] === hashesOf(failing)[0]) throw new Error('the session is broken');
      return resultOf(job);
    });
    assert.deepEqual(await queue.submit(failing), { kind: 'failed', reason: 'the session is broken' });
    assert.equal((await queue.submit(jobOf('run', 1, 2))).kind, 'finished');
    assert.equal(worker.jobs.length, 2);
  });

  check('a worker that is not fit ends, and its job goes to another', async ({ queue }) => {
    const submitted = queue.submit(jobOf('run', 2));
    const unfit = new FashionMatchError('ENCODER_MISMATCH', 'other encoders');
    const never = new AbortController().signal;
    await assert.rejects(
      queue.work(() => Promise.reject(unfit), { concurrency: 1, signal: never }),
      unfit,
    );
    await using worker = work(queue, resultOf);
    assert.equal((await submitted).kind, 'finished');
    assert.equal(worker.jobs.length, 1);
  });

  check('a job whose worker dies is lost, and nobody else is given it', async ({ queue, loseWorkers }) => {
    const job = jobOf('run', 1);
    const started = signalled();
    await using worker = work(queue, () => {
      started.abort();
      return new Promise(() => undefined);
    });
    const submitted = queue.submit(job);
    await aborted(started.signal);
    await loseWorkers();
    await using other = work(queue, resultOf);
    assert.deepEqual(await submitted, { kind: 'lost' });
    assert.equal(other.jobs.length, 0);
    assert.equal((await queue.submit(job)).kind, 'finished');
    assert.equal(worker.jobs.length, 1);
  });

  check('a run that is cancelled leaves the jobs of others', async ({ queue }) => {
    const outcomes = [queue.submit(jobOf('a', 1, 1)), queue.submit(jobOf('a', 1, 2)), queue.submit(jobOf('b', 1, 3))];
    await until(async () => (await queue.count()).waiting === 3);
    assert.equal(await queue.cancel('a'), 2);
    await using worker = work(queue, resultOf);
    const kinds = (await Promise.all(outcomes)).map(({ kind }: JobOutcome) => kind);
    assert.deepEqual(kinds, ['gone', 'gone', 'finished']);
    assert.equal(worker.jobs.length, 1);
  });

  check('cancelling waits for what is being worked on, whose vectors are there then', async ({ queue }) => {
    const job = jobOf('run', 1);
    const started = signalled();
    await using worker = work(queue, async (taken) => {
      started.abort();
      return slowly(100)(taken);
    });
    const submitted = queue.submit(job);
    await aborted(started.signal);
    assert.equal(await queue.cancel('run'), 0);
    assert.equal((await queue.results(ENCODERS, hashesOf(job))).size, 1);
    await submitted;
    assert.equal(worker.jobs.length, 1);
  });

  check('a worker that is to stop finishes what it has, and takes no more', async ({ queue }) => {
    const stop = new AbortController();
    const done: WorkJob[] = [];
    const working = queue.work(
      async (job) => {
        stop.abort();
        const result = await slowly(100)(job);
        done.push(job);
        return result;
      },
      { concurrency: 1, signal: stop.signal },
    );
    const end = new AbortController();
    const first = queue.submit(jobOf('run', 1, 1));
    await until(async () => Promise.resolve(stop.signal.aborted));
    const second = queue.submit(jobOf('run', 1, 2), end.signal);
    await working;
    assert.equal((await first).kind, 'finished');
    assert.equal(done.length, 1);
    end.abort(new Error('enough'));
    await assert.rejects(second, /enough/);
  });

  check('work that takes too long after that is left behind', async ({ queue }) => {
    const stop = new AbortController();
    const working = queue.work(
      () => {
        stop.abort();
        return new Promise(() => undefined);
      },
      { concurrency: 1, signal: stop.signal, drainMs: 50 },
    );
    const end = new AbortController();
    const submitted = queue.submit(jobOf('run', 1), end.signal);
    await working;
    end.abort(new Error('enough'));
    await assert.rejects(submitted, /enough/);
  });

  check('a run has a secret, which all who ask are told', async ({ queue }) => {
    const [one, again, other] = await Promise.all(['a', 'a', 'b'].map((run) => queue.secretOf(run)));
    assert.match(one ?? '', /^[\w-]{43}$/);
    assert.equal(again, one);
    assert.notEqual(other, one);
    assert.equal(await queue.secretOf('a'), one);
  });

  check('counts what waits, what is worked on, and who works', async ({ queue }) => {
    assert.deepEqual(await queue.count(), { waiting: 0, active: 0, workers: 0 });
    const end = new AbortController();
    await using worker = work(queue, slowly(300));
    await until(async () => (await queue.count()).workers === 1);
    const submitted = [1, 2, 3].map((i) => queue.submit(jobOf('run', 1, i), end.signal));
    await until(async () => (await queue.count()).active === 1);
    assert.equal((await queue.count()).waiting, 2);
    await Promise.all(submitted);
    assert.equal((await queue.count()).waiting, 0);
    assert.equal(worker.jobs.length, 3);
  });
}

type Handle = (job: WorkJob) => Promise<WorkResult>;

interface Worker extends AsyncDisposable {
  /** What it has taken. */
  readonly jobs: readonly WorkJob[];
  /** At once. */
  readonly most: number;
}

function work(queue: WorkQueue, handle: Handle, concurrency = 1): Worker {
  const stop = new AbortController();
  const jobs: WorkJob[] = [];
  let now = 0;
  let most = 0;
  const counted: Handle = async (job) => {
    jobs.push(job);
    most = Math.max(most, ++now);
    try {
      return await handle(job);
    } finally {
      now--;
    }
  };
  const working = queue.work(counted, { concurrency, signal: stop.signal, drainMs: 0 });
  return {
    jobs,
    get most() {
      return most;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await working;
    },
  };
}

function jobOf(run: string, images: number, seed = 0): WorkJob {
  const hash = (i: number): string => (seed * 1000 + i + 1).toString(16).padStart(64, '0');
  const list = Array.from({ length: images }, (_, i) => ({ contentSha256: hash(i), path: `/photos/été ${String(i)}` }));
  return { run, encoderIds: ENCODERS, images: list };
}

function hashesOf(job: WorkJob): [string, string, string] {
  const [first = '', second = '', third = ''] = job.images.map(({ contentSha256 }) => contentSha256);
  return [first, second, third];
}

function vectorsOf(contentSha256: string): DualEmbedding {
  return randomEmbedding(DIMENSIONS, seededRandom(Number.parseInt(contentSha256.slice(-6), 16)));
}

function resultOf(job: WorkJob): Promise<WorkResult> {
  const vectors = new Map(job.images.map(({ contentSha256 }) => [contentSha256, vectorsOf(contentSha256)]));
  return Promise.resolve({ vectors, faults: [] });
}

function slowly(milliseconds: number): Handle {
  return async (job) => {
    await pause(milliseconds);
    return resultOf(job);
  };
}

function signalled(): AbortController {
  return new AbortController();
}

function aborted(signal: AbortSignal): Promise<void> {
  return until(() => Promise.resolve(signal.aborted));
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await pause(10);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
