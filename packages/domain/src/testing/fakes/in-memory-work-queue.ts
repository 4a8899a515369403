import { randomBytes } from 'node:crypto';

import type { DualEmbedding, PerSpace } from '../../embedding.js';
import { FashionMatchError, reasonOf } from '../../errors.js';
import type { JobOutcome, WorkCounts, WorkJob, WorkOptions, WorkQueue, WorkResult } from '../../ports/work-queue.js';
import { settle } from '../settle.js';

type Handle = (job: WorkJob) => Promise<WorkResult>;

interface Held {
  readonly job: WorkJob;
  outcome?: JobOutcome;
}

/** A {@link WorkQueue} for workers of the same process. */
export class InMemoryWorkQueue implements WorkQueue {
  readonly #vectors = new Map<string, DualEmbedding>();
  readonly #waiting: Held[] = [];
  readonly #active = new Set<Held>();
  readonly #secrets = new Map<string, string>();
  #workers = 0;

  async submit(job: WorkJob, signal?: AbortSignal): Promise<JobOutcome> {
    const held: Held = { job };
    this.#waiting.push(held);
    for (;;) {
      signal?.throwIfAborted();
      if (held.outcome) return held.outcome;
      await aMoment();
    }
  }

  results(encoderIds: PerSpace<string>, contentHashes: readonly string[]): Promise<Map<string, DualEmbedding>> {
    return settle(() => {
      const found = contentHashes.flatMap((hash) => {
        const vectors = this.#vectors.get(keyOf(encoderIds, hash));
        return vectors ? [[hash, copyOf(vectors)] as const] : [];
      });
      return new Map(found);
    });
  }

  forget(encoderIds: PerSpace<string>, contentHashes: readonly string[]): Promise<void> {
    return settle(() => {
      for (const hash of contentHashes) this.#vectors.delete(keyOf(encoderIds, hash));
    });
  }

  async cancel(run: string, signal?: AbortSignal): Promise<number> {
    const cancelled = this.#waiting.filter(({ job }) => job.run === run);
    for (const held of cancelled) {
      this.#waiting.splice(this.#waiting.indexOf(held), 1);
      held.outcome = { kind: 'gone' };
    }
    while ([...this.#active].some(({ job }) => job.run === run)) {
      signal?.throwIfAborted();
      await aMoment();
    }
    return cancelled.length;
  }

  count(): Promise<WorkCounts> {
    return settle(() => ({ waiting: this.#waiting.length, active: this.#active.size, workers: this.#workers }));
  }

  secretOf(run: string): Promise<string> {
    return settle(() => {
      const secret = this.#secrets.get(run) ?? randomBytes(32).toString('base64url');
      this.#secrets.set(run, secret);
      return secret;
    });
  }

  async work(handle: Handle, { concurrency, signal, drainMs = Infinity }: WorkOptions): Promise<void> {
    const unfit = new AbortController();
    const ended = AbortSignal.any([signal, unfit.signal]);
    const mine = new Set<Promise<void>>();
    this.#workers++;
    while (!ended.aborted) {
      const held = mine.size < concurrency ? this.#waiting.shift() : undefined;
      if (held) {
        const work = this.#do(held, handle, unfit).finally(() => mine.delete(work));
        mine.add(work);
      } else await aMoment();
    }
    this.#workers--;
    const overdueAt = performance.now() + drainMs;
    while (mine.size > 0 && performance.now() < overdueAt) await aMoment();
    if (unfit.signal.aborted) throw unfit.signal.reason;
  }

  /** As if all workers that have jobs had died. */
  loseActive(): void {
    for (const held of this.#active) held.outcome = { kind: 'lost' };
    this.#active.clear();
  }

  async #do(held: Held, handle: Handle, unfit: AbortController): Promise<void> {
    this.#active.add(held);
    try {
      const { vectors, faults } = await handle(held.job);
      for (const [hash, made] of vectors) this.#vectors.set(keyOf(held.job.encoderIds, hash), copyOf(made));
      held.outcome ??= { kind: 'finished', faults };
    } catch (error) {
      if (error instanceof FashionMatchError) {
        this.#waiting.push(held);
        unfit.abort(error);
      } else held.outcome ??= { kind: 'failed', reason: reasonOf(error) };
    }
    this.#active.delete(held);
  }
}

function keyOf({ clip, dino }: PerSpace<string>, contentSha256: string): string {
  return JSON.stringify([clip, dino, contentSha256]);
}

function copyOf({ clip, dino }: DualEmbedding): DualEmbedding {
  return { clip: clip.slice(), dino: dino.slice() };
}

function aMoment(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}
