import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from '@jest/globals';
import { z } from 'zod';

import { copySampleData } from '../../sample-data/copy-sample-data.js';
import { BUILT_IN, fashionmatch, type Outcome } from './fashionmatch-process.js';

export const PHOTOGRAPH = 'data/references/navy-striped-t-shirt.png';

/** One of `search --json`. */
export interface Hit {
  readonly rank: number;
  readonly item_id: string;
  readonly similarity_score: number;
  readonly clip_score: number;
  readonly dino_score: number;
  readonly title: string;
  readonly price: number;
  readonly brand: string;
  readonly percentile: number;
  readonly closeness: string;
}

/** As it was printed, with its keys in their order. */
const documentSchema = z.custom<{ readonly schema_version: number; readonly hits: Hit[] }>(
  (value) => z.object({ schema_version: z.number(), hits: z.array(z.object()) }).safeParse(value).success,
);

/** The sample data, embedded by the built-in encoders, to search in. */
export class SampleSearch implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<SampleSearch> {
    const folder = await mkdtemp(join(tmpdir(), 'fashionmatch-search-'));
    await copySampleData(join(folder, 'data'));
    await fashionmatch(['embed', '--json', '-q'], folder, BUILT_IN);
    return new SampleSearch(folder);
  }

  search(...args: string[]): Promise<Outcome> {
    return fashionmatch(['search', ...args], this.folder, BUILT_IN);
  }

  /** Expects the search to end well, and to say nothing beside its document. */
  async hitsOf(...args: string[]): Promise<Hit[]> {
    const { exitCode, stdout, stderr } = await this.search(...args, '--json');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const document = documentSchema.parse(JSON.parse(stdout));
    expect(document.schema_version).toBe(1);
    return document.hits;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.folder, { recursive: true });
  }
}
