import {
  EMBEDDING_SPACES,
  perSpace,
  reasonOf,
  type EmbeddingSpace,
  type HalfRow,
  type PerSpace,
} from '@fashionmatch/domain';

import { batches } from '../batches.js';
import { RandomSample, strangeVectorsOf, vectorsOfImages } from '../image-comparison.js';
import type { EncodingTools } from './encode-again.js';
import { faultsOf, vectorFaultOf, type ItemView } from './item-faults.js';
import { HalfUnreadable, pagesOfIds, reading, viewItems, type StoreUnderTest } from './store-under-test.js';
import { SurveyTally, type HalfReport, type StoreSurvey } from './survey-tally.js';

/** How many items' images are encoded to compare their vectors, and with what. */
export interface ImageComparison {
  readonly items: number;
  readonly tools: EncodingTools;
}

type HalfStates = PerSpace<Omit<HalfReport, 'rows'>>;

/** One search for damage each so many items of a page. */
const SEARCH_EVERY = 250;

/** Items of the journal that are looked for in the halves at once. */
const JOURNAL_PAGE = 1000;

/** How often the log says how far it is, in items. */
const LOG_EVERY = 10_000;

/**
 * Reads every vector and all metadata of both halves, page by page, and compares them with each other and
 * with the journal. A half that turns out to be unreadable is left out, and the other one is still read.
 *
 * @throws VectorStoreError when the server does not come back, or the journal cannot be read.
 */
export async function surveyStore(
  store: StoreUnderTest,
  signal?: AbortSignal,
  comparison?: ImageComparison,
): Promise<StoreSurvey> {
  let states: HalfStates = { clip: await firstState(store, 'clip'), dino: await firstState(store, 'dino') };
  for (;;) {
    try {
      return await surveyReadable(store, states, signal, comparison);
    } catch (error) {
      if (!(error instanceof HalfUnreadable)) throw error;
      const { space } = error;
      // Fails when the server does not come back: then it was not this half's fault.
      await store.halves[space].exists();
      const report = { name: store.halves[space].name, ...diagnosisOf(error) };
      store.logger.error(`${report.name} is left out: ${report.reason}`);
      states = { ...states, [space]: report };
    }
  }
}

async function firstState({ halves }: StoreUnderTest, space: EmbeddingSpace): Promise<Omit<HalfReport, 'rows'>> {
  const { name } = halves[space];
  return { name, state: (await halves[space].exists()) ? 'sound' : 'missing', reason: '' };
}

/** The advice that comes with the error is to run the very check that this is: what the server said is more to the point. */
function diagnosisOf(error: HalfUnreadable): Pick<HalfReport, 'state' | 'reason'> {
  if (error.code === 'STORE_UNREACHABLE') return { state: 'crashes_server', reason: 'its server dies when it is read' };
  let origin: unknown = error;
  while (origin instanceof Error && origin.cause !== undefined) origin = origin.cause;
  return { state: 'unreadable', reason: reasonOf(origin) };
}

/** @throws HalfUnreadable when one of the halves that were readable so far is not. */
async function surveyReadable(
  store: StoreUnderTest,
  states: HalfStates,
  signal: AbortSignal | undefined,
  comparison: ImageComparison | undefined,
): Promise<StoreSurvey> {
  const { encoders, logger } = store;
  const dimensions = perSpace((space) => encoders[space].dimensions);
  const readable = EMBEDDING_SPACES.filter((space) => states[space].state === 'sound');
  const tally = new SurveyTally();
  const sample = new RandomSample<string>(comparison?.items ?? 0);
  let logAt = LOG_EVERY;
  for await (const ids of pagesOfIds(store, readable)) {
    signal?.throwIfAborted();
    const views = await viewItems(store, readable, ids);
    for (const view of views) tally.addItem(view, faultsOf(view, readable, dimensions));
    for (const space of readable) await trySearches(store, space, views);
    await findMissingFiles(store, views, tally);
    if (comparison) await offerViews(sample, views, store);
    if (tally.items < logAt) continue;
    logger.info(`Checked ${String(tally.items)} items`);
    logAt += LOG_EVERY;
  }
  const someLost = readable.length < EMBEDDING_SPACES.length;
  for await (const page of batches(store.journal.getItems(), JOURNAL_PAGE)) {
    signal?.throwIfAborted();
    const ids = await storedNowhere(store, readable, page.map(({ item }) => item.itemId)); // prettier-ignore
    if (someLost) for (const id of ids) tally.addLost(id);
    else tally.addOnlyInJournal(ids.length);
  }
  if (comparison) await compareWithImages(sample.values, readable, { store, tools: comparison.tools, tally });
  return tally.result(states);
}

/** Those whose vectors were imported come first: nothing else says that they are their images'. */
async function offerViews(
  sample: RandomSample<string>,
  views: readonly ItemView[],
  { journal, encoders, fileExists }: StoreUnderTest,
): Promise<void> {
  const stored = views.flatMap(({ rows }) => (rows.clip ?? rows.dino)?.stored ?? []);
  const hashes = stored.map(({ provenance }) => provenance.contentSha256);
  const imported = await journal.getImported(encoders.clip.id, hashes);
  const exist = await Promise.all(stored.map(({ provenance }) => fileExists(provenance.filePath)));
  for (const [i, { item, provenance }] of stored.entries()) {
    if (exist[i]) sample.offer(item.itemId, imported.has(provenance.contentSha256));
  }
}

async function compareWithImages(
  itemIds: readonly string[],
  readable: readonly EmbeddingSpace[],
  { store, tools, tally }: { store: StoreUnderTest; tools: EncodingTools; tally: SurveyTally },
): Promise<void> {
  for (let at = 0; at < itemIds.length; at += JOURNAL_PAGE) {
    const views = await viewItems(store, readable, itemIds.slice(at, at + JOURNAL_PAGE));
    const stored = views.flatMap(({ rows }) => (rows.clip ?? rows.dino)?.stored ?? []);
    const ofImages = await vectorsOfImages(stored, tools);
    for (const { itemId, rows } of views) {
      const ofImage = ofImages.get(itemId);
      if (ofImage === undefined) continue;
      const strange = strangeVectorsOf(
        perSpace((space) => rows[space]?.vector),
        ofImage,
      );
      tally.addComparison(itemId, strange.map(({ space }) => ({ itemId, kind: 'not_of_image', space }))); // prettier-ignore
    }
  }
}

/** Some damage shows only when the index is walked through, and then the server may die of it. */
async function trySearches(store: StoreUnderTest, space: EmbeddingSpace, views: readonly ItemView[]): Promise<void> {
  const { dimensions } = store.encoders[space];
  const isSound = ({ vector }: HalfRow): boolean => vectorFaultOf(vector, dimensions, undefined) === undefined;
  for (let i = 0; i < views.length; i += SEARCH_EVERY) {
    const row = views[i]?.rows[space];
    if (row && isSound(row)) await reading(space, () => store.halves[space].trySearch(row.vector));
  }
}

async function findMissingFiles(
  { fileExists }: StoreUnderTest,
  views: readonly ItemView[],
  tally: SurveyTally,
): Promise<void> {
  const files = views.flatMap(({ itemId, rows }) => {
    const path = (rows.clip ?? rows.dino)?.stored?.provenance.filePath ?? '';
    return path === '' ? [] : [{ itemId, path }];
  });
  const exist = await Promise.all(files.map(({ path }) => fileExists(path)));
  for (const [i, file] of files.entries()) if (!exist[i]) tally.addMissingFile(file);
}

async function storedNowhere(
  { halves }: StoreUnderTest,
  readable: readonly EmbeddingSpace[],
  itemIds: readonly string[],
): Promise<string[]> {
  let ids = [...itemIds];
  for (const space of readable) {
    const stored = await reading(space, () => halves[space].filterStored(ids));
    ids = ids.filter((id) => !stored.has(id));
  }
  return ids;
}
