import {
  ItemError,
  itemFailure,
  perSpaceAsync,
  type DualEmbedding,
  type EmbeddingJournal,
  type ItemFailure,
  type ItemSource,
  type PerSpace,
  type SourceEntry,
  type SourceItem,
  type StoredItem,
} from '@fashionmatch/domain';
import { pMapIterable } from 'p-map';

import { sha256Of } from './content-hash.js';
import type { Planner, SkipReason } from './plan.js';
import type { StageClock } from './stage-clock.js';
import type { StoredIndex } from './stored-index.js';

/** What a run does with one entry, and why. */
export type PlannedStep =
  | { readonly kind: 'skip'; readonly reason: SkipReason; readonly entry: SourceEntry }
  | { readonly kind: 'fail'; readonly failure: ItemFailure }
  /** Before anything else, the image is to be fetched. */
  | { readonly kind: 'fetch'; readonly reason: 'new' | 'changed'; readonly failure: ItemFailure }
  /** The stored vectors stay; only what is written beside them changes. */
  | { readonly kind: 'refresh'; readonly reason: 'touched' | 'metadata' | 'moved'; readonly target: StoredItem }
  /** The vectors of a stored item are taken over. */
  | {
      readonly kind: 'copy';
      readonly reason: 'duplicate' | 'changed';
      readonly target: StoredItem;
      readonly from: string;
    }
  /** The image was encoded before, and its vectors are in the journal. */
  | {
      readonly kind: 'restore';
      readonly reason: 'new' | 'changed';
      readonly target: StoredItem;
      readonly embeddings: DualEmbedding;
      /** Whether they came by import, and nothing says that they were ever made of the image. */
      readonly imported: boolean;
    }
  | {
      readonly kind: 'encode';
      readonly reason: 'new' | 'changed';
      readonly target: StoredItem;
      readonly entry: SourceItem;
      readonly bytes: Uint8Array;
    }
  /** The same image is being encoded: the entry has to come again when that is stored. */
  | { readonly kind: 'defer'; readonly entry: SourceItem };

export interface PlanStepsOptions {
  readonly source: ItemSource;
  readonly planner: Planner;
  readonly index: StoredIndex;
  readonly journal: EmbeddingJournal;
  readonly encoderIds: PerSpace<string>;
  readonly clock: StageClock;
  /** Told of an image that cannot be read, in whose place the item's next one is taken. */
  readonly onPassedOver?: ((failure: ItemFailure) => void) | undefined;
  /** Ends the steps early. */
  readonly signal?: AbortSignal | undefined;
}

/** Files read ahead of their decoding: enough to hide a disk's latency, few enough to wait in memory. */
const READ_AHEAD = 4;

interface Recalled {
  readonly embeddings: DualEmbedding;
  readonly imported: boolean;
}

interface ReadImage {
  readonly kind: 'read';
  readonly entry: SourceItem;
  readonly bytes: Uint8Array;
  readonly contentSha256: string;
  /** Paths of stored items with the same content whose file is no longer there. */
  readonly gone: ReadonlySet<string>;
  readonly remembered: Recalled | undefined;
}

/**
 * One step for each entry. Files whose listing does not settle them are read and hashed, a few ahead;
 * decisions are made in the order of the listing, whatever order the files were read in.
 */
export async function* planSteps(
  entries: Iterable<SourceEntry> | AsyncIterable<SourceEntry>,
  options: PlanStepsOptions,
): AsyncGenerator<PlannedStep> {
  const screened = pMapIterable(entries, (entry) => screen(entry, options), { concurrency: READ_AHEAD });
  for await (const outcome of screened) {
    if (options.signal?.aborted) return;
    if (outcome.kind !== 'read') {
      yield outcome;
      continue;
    }
    const { entry, bytes, contentSha256, gone, remembered } = outcome;
    const decision = options.planner.decide(entry, contentSha256, gone);
    if (decision.kind !== 'encode') yield decision;
    else if (remembered) yield { ...decision, kind: 'restore', ...remembered };
    else yield { ...decision, entry, bytes };
  }
}

async function screen(entry: SourceEntry, options: PlanStepsOptions): Promise<PlannedStep | ReadImage> {
  const screening = options.planner.screen(entry);
  if (screening.kind === 'skip') return { ...screening, entry };
  if (screening.kind !== 'inspect') return screening;
  return options.clock.time('read', 1, () => read(screening.entry, options));
}

async function read(entry: SourceItem, options: PlanStepsOptions): Promise<PlannedStep | ReadImage> {
  const { source, index, signal, onPassedOver } = options;
  try {
    const bytes = await source.read(entry);
    const contentSha256 = await sha256Of(bytes);
    const gone = new Set<string>();
    for (const { filePath } of index.withContent(contentSha256)) {
      if (!(await source.exists(filePath))) gone.add(filePath);
    }
    return { kind: 'read', entry, bytes, contentSha256, gone, remembered: await recall(contentSha256, options) };
  } catch (error) {
    const failure = failureOf(error, entry);
    const next = await nextImage(entry, signal);
    if (next === undefined) return { kind: 'fail', failure };
    onPassedOver?.(failure);
    return read(next, options);
  }
}

/** The item with its next image; undefined without one, and when the run is stopped meanwhile. */
export async function nextImage(entry: SourceItem, signal: AbortSignal | undefined): Promise<SourceItem | undefined> {
  try {
    return await entry.next?.(signal);
  } catch (error) {
    if (signal?.aborted) return undefined;
    throw error;
  }
}

/** An item's fault, for the record; anything else is thrown again. */
function failureOf(error: unknown, { itemId, source, file }: SourceItem): ItemFailure {
  if (!(error instanceof ItemError)) throw error;
  return itemFailure(error, { itemId, source, stage: 'decode', path: file.path });
}

async function recall(contentSha256: string, { journal, encoderIds }: PlanStepsOptions): Promise<Recalled | undefined> {
  const { clip, dino } = await perSpaceAsync(async (space) =>
    (await journal.getVectors(encoderIds[space], [contentSha256])).get(contentSha256),
  );
  if (!clip || !dino) return undefined;
  const imported = await journal.getImported(encoderIds.clip, [contentSha256]);
  return { embeddings: { clip, dino }, imported: imported.has(contentSha256) };
}
