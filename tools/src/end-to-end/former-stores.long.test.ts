import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { z } from 'zod';

import { BUILT_IN, fashionmatch } from './running/fashionmatch-process.js';

/**
 * Stores as builds before this one have left them, each with the photographs that they are of, and what a search by one of
 * these found (`found.json`).
 */
const FORMER = fileURLToPath(new URL('../../former-stores', import.meta.url));
const QUERY = 'references/red-shirt.jpg';

const hitSchema = z.object({
  item_id: z.string(),
  similarity_score: z.number(),
  clip_score: z.number(),
  dino_score: z.number(),
});
const searchSchema = z.object({ hits: z.array(hitSchema) });
const runSchema = z.object({ total: z.object({ processed_items: z.number(), skipped_items: z.number() }) });

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-former-'));
});

afterEach(() => rm(folder, { recursive: true }));

async function run(...args: string[]): Promise<{ document: unknown; stderr: string }> {
  const { exitCode, stdout, stderr } = await fashionmatch([...args, '--json'], folder, {
    ...BUILT_IN,
    FASHIONMATCH_SCRAPER__REFERENCES_DIR: 'references',
    FASHIONMATCH_DATABASE__PERSIST_DIRECTORY: 'chromadb',
  });
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  return { document: JSON.parse(stdout), stderr };
}

const embed = (): Promise<{ document: unknown; stderr: string }> =>
  run('embed', '--mode', 'references', '--log-level', 'info');

test.each(await readdir(FORMER))(
  'the store of %s is searched, and gone on with, and nothing is encoded again',
  async (name) => {
    await promisify(execFile)('tar', ['-xzf', join(FORMER, name), '-C', folder]);
    const before = z.array(hitSchema).parse(JSON.parse(await readFile(join(folder, 'found.json'), 'utf8')));

    const { hits } = searchSchema.parse((await run('search', QUERY)).document);
    expect(hits.map(({ item_id }) => item_id)).toEqual(before.map(({ item_id }) => item_id));
    for (const [i, hit] of hits.entries()) {
      expect(hit.clip_score).toBeCloseTo(before[i]?.clip_score ?? NaN, 5);
      expect(hit.dino_score).toBeCloseTo(before[i]?.dino_score ?? NaN, 5);
      expect(hit.similarity_score).toBeCloseTo(before[i]?.similarity_score ?? NaN, 5);
    }

    // The photographs lie somewhere else now, which is noted.
    const moved = await embed();
    expect(moved.stderr).not.toContain('Loading CLIP model');
    expect(moved.stderr).not.toContain('Loading DINOv2 model');
    const again = searchSchema.parse((await run('search', QUERY)).document);
    expect(again.hits.map(({ item_id }) => item_id)).toEqual(before.map(({ item_id }) => item_id));

    await sharp({ create: { width: 96, height: 128, channels: 3, background: '#d0a020' } })
      .jpeg()
      .toFile(join(folder, 'references/yellow-shirt.jpg'));
    const another = await embed();
    expect(another.stderr).toContain('Loading CLIP model');
    expect(runSchema.parse(another.document).total).toEqual({ processed_items: 1, skipped_items: before.length });
    await run('verify');
  },
);
