import {
  CollectionError,
  MAIN_GENERATION,
  VectorStoreError,
  type GenerationCatalogue,
  type Generations,
  type Logger,
} from '@fashionmatch/domain';
import { z } from 'zod';

import { NO_TEXTS } from '../chroma/chroma-collection.js';
import type { ChromaConnection } from '../chroma/connection/chroma-connection.js';
import { ChromaNotFound } from '../chroma/connection/chroma-faults.js';
import { openWriterLease } from '../chroma/lease/writer-lease.js';
import { fromForm, generationsSchema, toForm } from './generation-form.js';

/** Chroma Cloud takes texts of 256 bytes in a collection's metadata, and 32 of them. */
const PART_LENGTH = 250;
const MOST_PARTS = 26;

const metadataSchema = z.looseObject({ fm_generation_parts: z.int().min(1).max(MOST_PARTS) });

export interface ServerGenerationCatalogueOptions {
  readonly connection: ChromaConnection;
  readonly collectionName: string;
  readonly logger: Logger;
}

/**
 * The generations of a store on a server of one's own: in the metadata of a collection without rows, which the server
 * replaces as a whole.
 */
export class ServerGenerationCatalogue implements GenerationCatalogue {
  readonly #options: ServerGenerationCatalogueOptions;

  constructor(options: ServerGenerationCatalogueOptions) {
    this.#options = options;
  }

  async read(): Promise<Generations> {
    return this.#of(await this.#find());
  }

  async change(next: (now: Generations) => Generations): Promise<Generations> {
    const { connection, logger } = this.#options;
    const name = this.#name;
    await using writer = await openWriterLease(connection, { collectionName: name, logger });
    const before = await this.#find();
    const generations = next(this.#of(before));
    const metadata = this.#metadataOf(generations);
    await writer.write(async (client) => {
      if (before === undefined) {
        await client.getOrCreateCollection({ name, metadata, embeddingFunction: null });
      }
      // One that a lost answer had made is brought up to date as well.
      await (await client.getCollection({ name, embeddingFunction: NO_TEXTS })).modify({ metadata });
    });
    return generations;
  }

  get #name(): string {
    return `${this.#options.collectionName}_generations`;
  }

  async #find(): Promise<Readonly<Record<string, unknown>> | undefined> {
    try {
      const found = await this.#options.connection.request((client) =>
        client.getCollection({ name: this.#name, embeddingFunction: NO_TEXTS }),
      );
      return found.metadata ?? {};
    } catch (thrown) {
      if (thrown instanceof ChromaNotFound) return undefined;
      throw thrown;
    }
  }

  /** @param metadata of the collection; undefined where there is none. */
  #of(metadata: Readonly<Record<string, unknown>> | undefined): Generations {
    if (metadata === undefined) return { serving: MAIN_GENERATION, others: [] };
    try {
      const { fm_generation_parts: count } = metadataSchema.parse(metadata);
      const parts = Array.from({ length: count }, (_, i) => z.string().parse(metadata[partKey(i)]));
      return fromForm(generationsSchema.parse(JSON.parse(parts.join(''))));
    } catch (cause) {
      throw new CollectionError(
        'STORE_FAILED',
        `The collection ${this.#name} does not say which generation serves: if it is no other program's, remove it, so that ${MAIN_GENERATION} does`,
        { cause },
      );
    }
  }

  #metadataOf(generations: Generations): Record<string, string | number> {
    const form = toForm(generations, this.#options.collectionName);
    const json = asciiJson(form);
    const parts = json.match(new RegExp(`.{1,${String(PART_LENGTH)}}`, 'g')) ?? [];
    if (parts.length > MOST_PARTS) {
      throw new VectorStoreError(
        'STORE_FAILED',
        'There are more generations than the server can remember: drop one with "fashionmatch generations drop"',
      );
    }
    return {
      fm_serving: form.serving,
      fm_serving_clip: form.clip,
      fm_serving_dino: form.dino,
      fm_generation_parts: parts.length,
      ...Object.fromEntries(parts.map((part, i) => [partKey(i), part])),
    };
  }
}

const partKey = (index: number): string => `fm_generation_part_${String(index)}`;

/** A character of it is a byte, and none ends a line. */
function asciiJson(value: object): string {
  return JSON.stringify(value).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
