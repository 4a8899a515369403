/** The generation that is there from the beginning, whose models are the configuration's. */
export const MAIN_GENERATION = 'main';

/** What a generation's vectors are made by: settings of which each makes a space of its own. */
export interface GenerationModels {
  readonly clipModel: string;
  readonly dinoModel: string;
  readonly precision: string;
  readonly resample: string;
  readonly colour: string;
}

/** A store beside the main one, with the vectors of other models. */
export interface Generation {
  /** Of small letters, digits and dashes. */
  readonly name: string;
  readonly models: GenerationModels;
  /** ISO 8601 in UTC. */
  readonly createdAt: string;
  /** Its removal has begun, and can only be ended. */
  readonly isBeingDropped: boolean;
}

/** Which generations there are, the main one not among them, and which of all serves. */
export interface Generations {
  readonly serving: string;
  readonly others: readonly Generation[];
}

/**
 * Remembers the generations of a store, outside of their collections. Guarantees: whoever reads sees what one change has
 * made, whole, whenever another process was killed; where nothing was ever changed, the main one serves, alone.
 */
export interface GenerationCatalogue {
  /** @throws VectorStoreError when it is damaged, or cannot be reached: nothing is taken for granted then. */
  read(): Promise<Generations>;

  /**
   * Replaces all that it remembers in one step. Nobody else changes it between what `next` is told and what comes of it.
   *
   * @returns what it remembers now.
   * @throws what `next` throws, and nothing is changed; VectorStoreError as {@link read} does, `STORE_LOCKED` when others
   *   change it for too long.
   */
  change(next: (now: Generations) => Generations): Promise<Generations>;
}
