import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { copySampleData } from '../sample-data/copy-sample-data.js';
import { fashionmatch, type Outcome } from './fashionmatch-process.js';

const MINUTE = 60_000;

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-plan-'));
  await copySampleData(join(folder, 'data'));
}, 2 * MINUTE);

afterAll(async () => {
  await rm(folder, { recursive: true });
});

function run(...args: string[]): Promise<Outcome> {
  return fashionmatch(args, folder, {
    FASHIONMATCH_MODELS__CLIP_MODEL: 'builtin/colour-layout',
    FASHIONMATCH_MODELS__DINO_MODEL: 'builtin/structure',
  });
}

test(
  'a dry run touches nothing, a limit is kept, and retry runs only what failed',
  async () => {
    const planned = await run('embed', '--dry-run', '--json');
    expect(planned.exitCode).toBe(0);
    const document: { items: unknown[] } = JSON.parse(planned.stdout);
    expect(document.items).toHaveLength(82);
    await expect(readFile(join(folder, 'data/chromadb/chroma.sqlite3'))).rejects.toThrow('ENOENT');

    const limited = await run('embed', '--limit', '7', '--json');
    expect(JSON.parse(limited.stdout)).toMatchObject({ total: { processed_items: 7 } });

    expect(await run('embed', '--failures-file', 'failed.jsonl', '-q')).toMatchObject({ exitCode: 3 });
    const lines = (await readFile(join(folder, 'failed.jsonl'), 'utf8')).trimEnd().split('\n');
    expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
      { source: 'references', stage: 'decode', code: 'IMAGE_INVALID' },
      { source: 'references', stage: 'decode', code: 'IMAGE_INVALID' },
    ]);

    const references = join(folder, 'data/references');
    await cp(join(references, 'navy-striped-t-shirt.png'), join(references, 'no-photograph.jpg'));
    const retried = await run('retry', 'failed.jsonl', '--json');
    expect(retried.exitCode).toBe(3);
    expect(JSON.parse(retried.stdout)).toMatchObject({
      total: { total_items: 2, processed_items: 1, failed_items: 1 },
    });

    expect(await run('embed', '--max-failures', '0', '-q')).toMatchObject({ exitCode: 1 });
  },
  3 * MINUTE,
);
