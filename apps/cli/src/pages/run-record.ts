import type { ProgressEvent, ProgressReporter } from '@fashionmatch/domain';

import { Throughput } from './throughput.js';

export type Duplicate = Extract<ProgressEvent, { type: 'duplicate-found' }>;

/** More are counted only. */
const MAX_DUPLICATES = 500;

/** Remembers of a run what a report shows and its statistics do not say; its size does not grow with the run. */
export class RunRecord implements ProgressReporter {
  readonly duplicates: Duplicate[] = [];
  #duplicateCount = 0;
  #throughput: Throughput | undefined;

  get duplicateCount(): number {
    return this.#duplicateCount;
  }

  /** Of the items that took time; see {@link Throughput.rates}. */
  rates(): ReturnType<Throughput['rates']> {
    return (this.#throughput ?? new Throughput()).rates();
  }

  report(event: ProgressEvent): void {
    if (event.type === 'source-started') this.#throughput ??= new Throughput();
    if (event.type === 'advanced' && event.work > 0) this.#throughput?.add(event.work);
    if (event.type !== 'duplicate-found') return;
    this.#duplicateCount++;
    if (this.duplicates.length < MAX_DUPLICATES) this.duplicates.push(event);
  }
}
