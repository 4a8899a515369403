import {
  EMBEDDING_SPACES,
  perSpace,
  reasonOf,
  StoreBusyError,
  VectorStoreError,
  type Logger,
  type StoreEngine,
  type StoreStatus,
} from '@fashionmatch/domain';

import { RandomSample } from '../image-comparison.js';
import { NO_JOURNAL } from '../no-journal.js';
import { faultsOf } from './item-faults.js';
import { viewItems } from './store-under-test.js';

/** What a look at some items whole comes to: a verification reads all of them. */
export interface SpotCheck {
  /** Taken at random. */
  readonly items: number;
  /** Items of which one collection has not what the other one or the journal has. */
  readonly atFault: number;
}

/** Enough to see what another program did to one item of a hundred, and read in half a second. */
const ITEMS = 500;

/**
 * Reads some items of a store whole and compares them as {@link surveyStore} does. Undefined where there are none, or
 * that cannot be done, which the log says.
 *
 * @throws StoreBusyError when the server is too slow to tell.
 */
export async function spotCheck(
  engine: StoreEngine,
  { collections }: Pick<StoreStatus, 'collections'>,
  logger: Logger,
): Promise<SpotCheck | undefined> {
  const [clip, dino] = [collections.clip.encoder, collections.dino.encoder];
  const areReadable = EMBEDDING_SPACES.every((space) => collections[space].state === 'present');
  if (!areReadable || clip === undefined || dino === undefined) return undefined;
  const encoders = { clip, dino };
  try {
    const halves = await engine.halves(encoders);
    const sample = await RandomSample.of(halves.clip.getAllIds(), ITEMS);
    const journal = (await engine.journal()) ?? NO_JOURNAL;
    const store = { halves, journal, encoders, fileExists: () => Promise.resolve(true), logger };
    const views = await viewItems(store, EMBEDDING_SPACES, sample.values);
    const dimensions = perSpace((space) => encoders[space].dimensions);
    // What only one collection has is counted by its ids.
    const paired = views.filter(({ rows }) => rows.clip && rows.dino);
    const atFault = paired.filter((view) => faultsOf(view, EMBEDDING_SPACES, dimensions).length > 0);
    return paired.length === 0 ? undefined : { items: paired.length, atFault: atFault.length };
  } catch (thrown) {
    if (!(thrown instanceof VectorStoreError) || thrown instanceof StoreBusyError) throw thrown;
    logger.warn(`The items could not be looked at (${reasonOf(thrown)}): \`fashionmatch verify\` finds what is broken`);
    return undefined;
  }
}
