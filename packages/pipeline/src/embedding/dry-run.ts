import {
  FashionMatchError,
  type EmbeddingJournal,
  type ItemFailure,
  type ItemSource,
  type ItemSourceName,
  type OnLeftOut,
  type PerSpace,
  type SourceEntry,
  type VectorStore,
} from '@fashionmatch/domain';

import { planSteps, type PlannedStep } from './plan-steps.js';
import { Planner } from './plan.js';
import type { ProcessOptions } from './process-options.js';
import { StageClock } from './stage-clock.js';
import { StoredIndex } from './stored-index.js';
import { vanishedItems } from './vanished-items.js';

/** What a run would do with one entry. */
export interface PlannedItem {
  readonly itemId: string;
  readonly source: ItemSourceName;
  readonly action: 'skip' | 'fail' | 'download' | 'refresh' | 'copy' | 'restore' | 'encode' | 'vanish' | 'remove';
  /** Why, such as `new`, `changed`, `moved`, `unchanged`, or an error's code. */
  readonly reason: string;
  readonly path: string;
  /** Of the image file; 0 where there is none. */
  readonly bytes: number;
}

/** What is stored already, and by which encoders. */
export interface DryRunStore {
  readonly vectorStore: VectorStore;
  readonly journal: EmbeddingJournal;
  readonly encoderIds: PerSpace<string>;
}

export interface DryRunOptions extends Pick<ProcessOptions, 'prune' | 'rehash'> {
  /** Told of everything that the source passes over. */
  readonly onLeftOut?: OnLeftOut | undefined;
}

/**
 * What a run would do with each entry of a source, told one by one. Files that the listing does not settle
 * are read, for only their content tells; nothing is decoded, encoded or written.
 *
 * With `prune`, as of the run, items whose source is gone are to `remove`; without, they `vanish`.
 *
 * @throws FashionMatchError where the run would, `SOURCE_UNREADABLE` when it would refuse to prune included.
 */
export async function* dryRun(
  source: ItemSource,
  { vectorStore, journal, encoderIds }: DryRunStore,
  { prune, rehash, onLeftOut }: DryRunOptions = {},
): AsyncGenerator<PlannedItem> {
  const index = await StoredIndex.of(vectorStore, journal);
  const planner = new Planner(index, rehash);
  const options = { source, planner, index, journal, encoderIds };
  for await (const step of planSteps(source.list(onLeftOut), { ...options, clock: new StageClock() })) {
    // What a run would have stored by now: a second file of the same image is then a duplicate.
    if ('target' in step) planner.settle(step.target, true);
    yield plannedItem(step, source.name);
  }
  const gone = prune
    ? await vanishedItems(source, listOf(source), index, prune === 'most')
    : await vanishedIds(source, index);
  for (const itemId of gone) {
    const path = index.get(itemId)?.filePath ?? '';
    yield { itemId, source: source.name, action: prune ? 'remove' : 'vanish', reason: 'gone', path, bytes: 0 };
  }
}

const listOf =
  (source: ItemSource) =>
  (onLeftOut: OnLeftOut): AsyncIterable<SourceEntry> =>
    source.list(onLeftOut);

/** What `prune` could remove; nothing where it would refuse to. */
async function vanishedIds(source: ItemSource, index: StoredIndex): Promise<string[]> {
  try {
    return await vanishedItems(source, listOf(source), index, true);
  } catch (error) {
    if (error instanceof FashionMatchError && error.code === 'SOURCE_UNREADABLE') return [];
    throw error;
  }
}

function plannedItem(step: PlannedStep, source: ItemSourceName): PlannedItem {
  switch (step.kind) {
    case 'skip':
      return { ...described(step.entry), source, action: 'skip', reason: step.reason };
    case 'fail':
      return { ...ofFailure(step.failure), source, action: 'fail', reason: step.failure.code };
    case 'fetch':
      return { ...ofFailure(step.failure), source, action: 'download', reason: step.reason };
    case 'defer':
      return { ...described(step.entry), source, action: 'copy', reason: 'duplicate' };
    default: {
      const { item, provenance } = step.target;
      const { filePath: path, fileSize: bytes } = provenance;
      return { itemId: item.itemId, source, action: step.kind, reason: step.reason, path, bytes };
    }
  }
}

function described(entry: SourceEntry): Pick<PlannedItem, 'itemId' | 'path' | 'bytes'> {
  if (entry.kind === 'fault') return ofFailure(entry.failure);
  return { itemId: entry.itemId, path: entry.file.path, bytes: entry.file.size };
}

function ofFailure({ itemId, path }: ItemFailure): Pick<PlannedItem, 'itemId' | 'path' | 'bytes'> {
  return { itemId, path, bytes: 0 };
}
