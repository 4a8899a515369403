import { mkdir, mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import sharp from 'sharp';

import { fashionmatch, type Outcome } from './running/fashionmatch-process.js';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-left-out-'));
  for (const [place, name] of NAMES.entries()) await write(name, await photo(place));
  await write('references/notes.txt', 'for myself');
  await write('references/README', 'for others');
  await write('scraped/cookies.json', '[{"name":"session","value":"x","domain":".example.com"}]');
  await write('scraped/progress.json', '{"page":3}');
});

afterAll(() => rm(folder, { recursive: true }));

/** The first three are listed. */
const NAMES = [
  ...['references/a.jfif', 'references/b.jpg?w=800', 'references/c'],
  ...['references/.d.jpg', 'references/@eaDir/e.jpg', 'references/drafts/f.jpg'],
];

/** All are of one size in bytes. */
function photo(place: number): Promise<Buffer> {
  const background = { r: place * 40, g: 200, b: 90 };
  return sharp({ create: { width: 40, height: 60, channels: 3, background } })
    .tiff({ compression: 'none' })
    .toBuffer();
}

async function write(name: string, content: string | Buffer): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), content);
}

function run(...args: string[]): Promise<Outcome> {
  return fashionmatch(args, folder, {
    FASHIONMATCH_MODELS__CLIP_MODEL: 'builtin/colour-layout',
    FASHIONMATCH_MODELS__DINO_MODEL: 'builtin/structure',
    FASHIONMATCH_SCRAPER__REFERENCES_DIR: 'references',
    FASHIONMATCH_SCRAPER__OUTPUT_DIR: 'scraped',
  });
}

const LEFT_OUT_OF_REFERENCES =
  '1 .jpg (hidden), 1 folder (ignored), 1 folder (excluded), 1 without extension (not an image), 1 .txt (not an image)';

test('dry run, table, log and JSON say what was left out, and why', async () => {
  const planned = await run('embed', '--dry-run', '--exclude', 'drafts');
  expect(planned).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/references +3 .* encode \(new\)/) });
  expect(planned.stdout).toContain(`Left out of references: ${LEFT_OUT_OF_REFERENCES}.\n`);
  expect(planned.stdout).toContain('Left out of scraped: 2 .json (not a batch).\n');
  const document: unknown = JSON.parse((await run('embed', '--dry-run', '--json')).stdout);
  expect(document).toMatchObject({
    left_out: expect.arrayContaining([
      expect.objectContaining({ source: 'scraped', extension: '.json', reason: 'not_a_batch', count: 2 }),
    ]),
  });

  const embedded = await run('embed', '--exclude', 'drafts');
  expect(embedded.exitCode).toBe(0);
  expect(embedded.stdout).toContain(`  Left out:         ${LEFT_OUT_OF_REFERENCES}\n`);
  expect(embedded.stderr).toContain(`Left out of references: ${LEFT_OUT_OF_REFERENCES}`);

  const all = await run('embed', '--include-hidden', '--exclude', '*.txt', '--exclude', 'README', '--json');
  expect(JSON.parse(all.stdout)).toMatchObject({
    status: 'completed',
    results: {
      references: {
        total_items: 5,
        processed_items: 2,
        skipped_items: 3,
        left_out: [
          { kind: 'folder', extension: '', reason: 'ignored', count: 1, example: expect.stringMatching(/@eaDir$/) },
          { kind: 'file', extension: '', reason: 'excluded', count: 1 },
          { kind: 'file', extension: '.txt', reason: 'excluded', count: 1 },
        ],
      },
      scraped: { total_items: 0, left_out: [{ reason: 'not_a_batch', count: 2 }] },
    },
  });
});

test('a rehash finds the file that has other content under the size and time that it had', async () => {
  const path = join(folder, 'references/c');
  const { mtime, size } = await stat(path);
  await writeFile(path, await photo(9));
  await utimes(path, mtime, mtime);
  expect((await stat(path)).size).toBe(size);
  const counts = { processed_items: 0, skipped_items: 5, failed_items: 0 };
  const args = ['embed', '--mode', 'references', '--include-hidden', '--json'];
  expect(JSON.parse((await run(...args)).stdout)).toMatchObject({ total: counts });
  expect(JSON.parse((await run(...args, '--rehash')).stdout)).toMatchObject({
    total: { processed_items: 1, skipped_items: 4, failed_items: 0 },
  });
});
