import {
  EMBEDDING_SPACES,
  reasonOf,
  StoreBusyError,
  VectorStoreError,
  type EmbeddingSpace,
} from '@fashionmatch/domain';

import type { OpenOptions } from '../container/open-options.js';
import { TOKENS } from '../container/tokens.js';
import { ENCODED_AT_ONCE, type EncodingTools } from '../verification/encode-again.js';
import { StoreRepair, type RepairOptions, type RepairReport } from '../verification/store-repair.js';
import { refreshOutdated } from '../verification/refresh-outdated.js';
import { surveyStore } from '../verification/store-survey.js';
import type { StoreUnderTest } from '../verification/store-under-test.js';
import { isInStep, type StoreSurvey } from '../verification/survey-tally.js';
import { tidyJournal } from '../verification/tidy-journal.js';

export interface VerificationDependencies {
  readonly store: StoreUnderTest;
  readonly tools: EncodingTools;
  /** False where the journal serves one repair only, for there is none to keep. */
  readonly keepsJournal: boolean;
}

export interface OpenVerificationOptions extends Pick<
  OpenOptions,
  'config' | 'configPath' | 'logger' | 'progress' | 'signal'
> {
  /** Without it nothing is created or written, and a repair fails. */
  readonly repair?: boolean | undefined;
}

/** What a repair did, and what the store was found to be afterwards. */
export interface RepairOutcome extends RepairReport {
  readonly survey: StoreSurvey;
  /** Items that an earlier version wrote in another form. */
  readonly refreshed: number;
  /** Vectors that the journal had, and no item used. */
  readonly forgottenVectors: number;
}

/** What is still wrong after the first sits in an index that has to be made anew. */
const ROUNDS = 2;

/** Checks a store against itself and its journal, vector by vector, and mends it. */
export class StoreVerification implements AsyncDisposable {
  readonly #dependencies: VerificationDependencies;
  readonly #close: () => Promise<void>;

  /** @param close Releases what was opened for this verification; called when it is disposed of. */
  constructor(dependencies: VerificationDependencies, close: () => Promise<void> = () => Promise.resolve()) {
    this.#dependencies = dependencies;
    this.#close = close;
  }

  /**
   * Takes the store that the configuration names for itself: what a writer does meanwhile would look like drift.
   *
   * @throws FashionMatchError when the configuration, a model or the store is not usable.
   */
  static async open({ repair = false, ...options }: OpenVerificationOptions = {}): Promise<StoreVerification> {
    const [{ withContainer }, { DECODE_CONCURRENCY: decodeConcurrency }] = await Promise.all([
      import('../container/pipeline-container.js'),
      import('../container/open-dependencies.js'),
    ]);
    return withContainer(options, { access: repair ? 'mend' : 'check', offline: !repair }, async (container, close) => {
      const engine = await container.getAsync(TOKENS.engine);
      const journal = await container.getAsync(TOKENS.journal);
      const scorer = await container.getAsync(TOKENS.scorer);
      const decoder = await container.getAsync(TOKENS.decoder);
      const sources = await container.getAsync(TOKENS.sources);
      const { handles: encoders } = scorer;
      const references = sources.references(container.get(TOKENS.config).scraper.referencesDir);
      const fileExists = (path: string): Promise<boolean> => references.exists(path);
      const readImage = (path: string): Promise<Uint8Array> => sources.readImage(path);
      const logger = container.get(TOKENS.logger);
      const store = { halves: await engine.halves(encoders), journal, encoders, fileExists, logger };
      const tools = { readImage, decoder, scorer, batchSize: ENCODED_AT_ONCE, decodeConcurrency };
      return new StoreVerification({ store, tools, keepsJournal: engine.folder !== undefined }, close);
    });
  }

  /**
   * Reads everything; see {@link surveyStore}.
   *
   * @param compared so many items' images are encoded, and their vectors compared; imported ones come first.
   */
  survey(signal?: AbortSignal, compared?: number): Promise<StoreSurvey> {
    const { store, tools } = this.#dependencies;
    return surveyStore(store, signal, compared === undefined ? undefined : { items: compared, tools });
  }

  /**
   * Mends what a survey found, from the journal, else from the items' files, and surveys the store again. What
   * neither has is removed. When all is well at the end, what an earlier version wrote is brought into today's form,
   * and the journal is tidied.
   *
   * @throws what `confirmRemoval` throws; VectorStoreError when the store cannot be written.
   */
  async repair(found: StoreSurvey, options: RepairOptions): Promise<RepairOutcome> {
    const { store, tools, keepsJournal } = this.#dependencies;
    const repair = new StoreRepair(store, tools, options);
    let survey = found;
    for (let round = 1; round <= ROUNDS && !isInStep(survey); round++) {
      const replace = round === 1 ? this.#halvesToReplace(survey) : halvesAtFault(survey, repair.report);
      if (round > 1 && replace.length === 0) break;
      try {
        await repair.mend(survey, replace);
      } catch (error) {
        const isDamage = error instanceof VectorStoreError && !(error instanceof StoreBusyError);
        if (round === ROUNDS || !isDamage) throw error;
        store.logger.warn(`Mending failed: ${reasonOf(error)}`);
      }
      survey = await surveyStore(store, options.signal);
    }
    const refreshed = isInStep(survey) ? await refreshOutdated(store, survey, options.signal) : 0;
    const tidy = keepsJournal && isInStep(survey);
    const forgottenVectors = tidy ? await tidyJournal(store, options.signal) : 0;
    return { ...repair.report, survey, refreshed, forgottenVectors };
  }

  /**
   * Where vectors are not what was written, the links between them may be torn as well, which nothing but a search
   * along them shows: writing into such an index has brought the server down later. Whoever runs a server of his own
   * tends its files himself, and may have readers on it.
   */
  #halvesToReplace(survey: StoreSurvey): EmbeddingSpace[] {
    const broken = brokenHalves(survey);
    if (!this.#dependencies.keepsJournal) return broken;
    const suspect = [...survey.spacesWithFaultyVectors].filter((space) => !broken.includes(space));
    return [...broken, ...suspect];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}

/** Those that are not there before those that cannot be read, whose ids may still be of use. */
function brokenHalves({ halves }: StoreSurvey): EmbeddingSpace[] {
  const inState = (isMissing: boolean): EmbeddingSpace[] =>
    EMBEDDING_SPACES.filter(
      (space) => halves[space].state !== 'sound' && (halves[space].state === 'missing') === isMissing,
    );
  return [...inState(true), ...inState(false)];
}

function halvesAtFault(survey: StoreSurvey, { refused }: RepairReport): EmbeddingSpace[] {
  const hopeless = new Set(refused.map(({ itemId }) => itemId));
  const broken = brokenHalves(survey);
  const faulty = survey.faults.filter(({ itemId }) => !hopeless.has(itemId)).map(({ space }) => space);
  return [...broken, ...EMBEDDING_SPACES.filter((space) => !broken.includes(space) && faulty.includes(space))];
}
