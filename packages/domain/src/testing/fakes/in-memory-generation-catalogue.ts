import { MAIN_GENERATION, type GenerationCatalogue, type Generations } from '../../ports/generation-catalogue.js';

/** Where the catalogues that share it find the same generations. */
export interface InMemoryGenerationPlace {
  generations?: Generations;
}

/** A {@link GenerationCatalogue} that forgets with the process. */
export class InMemoryGenerationCatalogue implements GenerationCatalogue {
  readonly #place: InMemoryGenerationPlace;

  constructor(place: InMemoryGenerationPlace = {}) {
    this.#place = place;
  }

  async read(): Promise<Generations> {
    await Promise.resolve();
    return this.#place.generations ?? { serving: MAIN_GENERATION, others: [] };
  }

  async change(next: (now: Generations) => Generations): Promise<Generations> {
    await Promise.resolve();
    this.#place.generations = next(this.#place.generations ?? { serving: MAIN_GENERATION, others: [] });
    return this.#place.generations;
  }
}
