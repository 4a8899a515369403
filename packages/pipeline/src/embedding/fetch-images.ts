import type { SourceEntry } from '@fashionmatch/domain';
import { pMapIterable } from 'p-map';

import type { Planner } from './plan.js';
import type { StageClock } from './stage-clock.js';

/** Enough for several servers at once, few enough that a run that is stopped has fetched little in vain. */
const FETCHED_AHEAD = 16;

export interface FetchImagesOptions {
  readonly planner: Planner;
  readonly clock: StageClock;
  readonly signal?: AbortSignal | undefined;
}

/** The same entries in the same order; those whose image is in the network become items, or say why not. */
export function fetchImages(
  entries: Iterable<SourceEntry> | AsyncIterable<SourceEntry>,
  options: FetchImagesOptions,
): AsyncIterable<SourceEntry> {
  return pMapIterable(entries, (entry) => fetchImage(entry, options), { concurrency: FETCHED_AHEAD });
}

async function fetchImage(entry: SourceEntry, { planner, clock, signal }: FetchImagesOptions): Promise<SourceEntry> {
  if (entry.kind === 'item' || !entry.remote || planner.screen(entry).kind !== 'fetch') return entry;
  const { remote } = entry;
  try {
    return fetched(await clock.time('download', 1, () => remote.fetch(signal)));
  } catch (error) {
    // The run ends here, and the next one goes on.
    if (signal?.aborted) return fetched(entry);
    throw error;
  }

  function fetched(outcome: SourceEntry): SourceEntry {
    planner.fetched(outcome);
    return outcome;
  }
}
