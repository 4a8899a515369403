import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';

import {
  MAIN_GENERATION,
  reasonOf,
  VectorStoreError,
  type GenerationCatalogue,
  type Generations,
} from '@fashionmatch/domain';
import { lock } from 'proper-lockfile';
import { z } from 'zod';

import { systemCode } from '../files/system-code.js';
import { refusedOr } from '../store-permissions.js';
import { fromForm, generationsSchema, toForm } from './generation-form.js';

/** Beside the store's data, for all of its collections. */
export const GENERATIONS_FILE = 'fashionmatch-generations.json';

const fileSchema = z.object({ schema_version: z.literal(1), collections: z.record(z.string(), generationsSchema) });

type GenerationsFile = z.output<typeof fileSchema>;

const STALE_MS = 10_000;
const RETRIES = { retries: 60, minTimeout: 20, maxTimeout: 250 };

/** The generations of a store in a folder, in a file that is replaced as a whole. */
export class FolderGenerationCatalogue implements GenerationCatalogue {
  readonly #folder: string;
  readonly #collectionName: string;

  constructor(folder: string, collectionName: string) {
    this.#folder = folder;
    this.#collectionName = collectionName;
  }

  async read(): Promise<Generations> {
    return this.#of(await this.#readFile());
  }

  async change(next: (now: Generations) => Generations): Promise<Generations> {
    const release = await this.#lock();
    try {
      const file = await this.#readFile();
      const generations = next(this.#of(file));
      const form = toForm(generations, this.#collectionName);
      await this.#writeFile({ ...file, collections: { ...file.collections, [this.#collectionName]: form } });
      return generations;
    } finally {
      await release().catch(() => undefined);
    }
  }

  #of({ collections }: GenerationsFile): Generations {
    const form = collections[this.#collectionName];
    return form === undefined ? { serving: MAIN_GENERATION, others: [] } : fromForm(form);
  }

  get #path(): string {
    return join(this.#folder, GENERATIONS_FILE);
  }

  async #readFile(): Promise<GenerationsFile> {
    let text: string;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch (thrown) {
      if (['ENOENT', 'ENOTDIR'].includes(systemCode(thrown))) return { schema_version: 1, collections: {} };
      throw refusedOr(thrown);
    }
    try {
      return fileSchema.parse(JSON.parse(text));
    } catch (cause) {
      throw new VectorStoreError(
        'STORE_FAILED',
        `${this.#path} does not say which generation serves: bring it back from a copy, or remove it so that ${MAIN_GENERATION} does`,
        { cause },
      );
    }
  }

  async #writeFile(file: GenerationsFile): Promise<void> {
    const part = `${this.#path}.${String(process.pid)}.part`;
    try {
      const written = await open(part, 'w', 0o644);
      try {
        await written.writeFile(`${JSON.stringify(file, undefined, 2)}\n`);
        await written.sync();
      } finally {
        await written.close();
      }
      await rename(part, this.#path);
      await syncFolder(this.#folder);
    } catch (thrown) {
      const refused = refusedOr(thrown, 'write');
      if (refused !== thrown) throw refused;
      throw new VectorStoreError('STORE_FAILED', `${this.#path} cannot be written: ${reasonOf(thrown)}`, {
        cause: thrown,
      });
    }
  }

  async #lock(): Promise<() => Promise<void>> {
    try {
      await mkdir(this.#folder, { recursive: true });
      return await lock(join(this.#folder, 'fashionmatch-generations'), {
        realpath: false,
        stale: STALE_MS,
        retries: RETRIES,
        onCompromised: () => undefined,
      });
    } catch (thrown) {
      if (systemCode(thrown) !== 'ELOCKED') throw refusedOr(thrown, 'write');
      throw new VectorStoreError(
        'STORE_LOCKED',
        `The generations in ${this.#folder} are being changed by another process: run the command again`,
      );
    }
  }
}

/** So that the new name is on the disk as well; some systems do not let a folder be opened, and need not. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}
