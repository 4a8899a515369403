import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

const run = promisify(execFile);
const BUILT = fileURLToPath(new URL('../dist', import.meta.url));

/** 2×2 pixels each: a red and a green PNG, and a file that is none. */
const PHOTOGRAPHS = {
  'red.png': 'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR4nGM4ISICRAwQCgAdHgPBfBJ9GQAAAABJRU5ErkJggg==',
  'green.png': 'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR4nGMQWaABRAwQCgAXzgNxWsZDDgAAAABJRU5ErkJggg==',
  'none.png': 'bm8gcGhvdG9ncmFwaA==',
};

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-examples-'));
  const [photos, batch] = [join(folder, 'photos'), join(folder, 'scraped', 'batch_20260112_093000_123456')];
  await mkdir(photos);
  await mkdir(batch, { recursive: true });
  for (const [name, base64] of Object.entries(PHOTOGRAPHS)) {
    await writeFile(join(photos, name), Buffer.from(base64, 'base64'));
  }
  await writeFile(join(batch, 'red.png'), Buffer.from(PHOTOGRAPHS['red.png'], 'base64'));
  await writeFile(join(batch, 'batch.json'), JSON.stringify({ items: [listing('cheap', 20), listing('dear', 200)] }));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

function listing(id: string, price: number): object {
  return {
    item_id: id,
    title: id,
    price,
    currency: 'EUR',
    image_urls: ['https://images.example.com/1.jpg'],
    url: `https://www.example.com/items/${id}`,
    scraped_at: '2026-01-12T09:30:00',
    local_image_paths: ['red.png'],
  };
}

async function example(name: string, ...args: string[]): Promise<string> {
  return (await run(process.execPath, [join(BUILT, `${name}.js`), ...args], { cwd: folder })).stdout;
}

test('embed a folder: what is good is stored, the rest is named, and nothing is done twice', async () => {
  const said = await example('embed-a-folder', 'photos', 'folder-store');
  expect(said).toMatch(/none\.png: Not a JPEG/);
  expect(said).toContain('2 embedded, 0 unchanged, 1 failed');
  expect(await example('embed-a-folder', 'photos', 'folder-store')).toContain('0 embedded, 2 unchanged, 1 failed');
});

test('chosen batches: only what was chosen is embedded', async () => {
  expect(await example('chosen-batches', 'scraped', 'chosen-store', '50')).toBe('1 chosen: 1 embedded, 0 unchanged\n');
  // The second listing has the same image, whose vectors are taken over.
  expect(await example('chosen-batches', 'scraped', 'chosen-store', '500')).toBe('2 chosen: 1 embedded, 1 unchanged\n');
});

test('a store of one’s own takes over what is in Chroma', async () => {
  await example('embed-a-folder', 'photos', 'taken-over');
  const said = await example('bring-your-own-store', 'taken-over', 'taken-over.json');
  expect(said).toContain('2 items taken over, 2 in taken-over.json');
  expect(said).toMatch(/most like (\S+): \1, /);
});

test('the pipeline on a store of one’s own', async () => {
  for (const done of ['2 embedded, 0 unchanged', '0 embedded, 2 unchanged']) {
    expect(await example('embed-into-your-own-store', 'photos', 'own.json')).toContain(`${done}, 2 in own.json`);
  }
});

test('encoders of one’s own', async () => {
  expect(await example('bring-your-own-encoder', 'photos')).toBe(
    '2 embedded with histogram/red@1 and histogram/blue@1\n',
  );
});

test('who brings encoders and a store loads neither ONNX Runtime nor Chroma nor LMDB', async () => {
  const libraries = ['chromadb', 'lmdb', 'onnxruntime-node', 'sharp'];
  expect(await loadedBy('bring-your-own-encoder', libraries)).toEqual(['sharp']);
  expect(await loadedBy('embed-a-folder', libraries)).toEqual(libraries);
});

/** Tells which modules and native libraries are loaded, in every thread. */
const TELL_LOADED = `
  import { register } from 'node:module';
  import { writeSync } from 'node:fs';
  const hook = "import { writeSync } from 'node:fs';" +
    "export const load = (url, context, next) => (writeSync(2, url + ' '), next(url, context));";
  register('data:text/javascript,' + encodeURIComponent(hook));
  process.on('exit', () => writeSync(2, process.report.getReport().sharedObjects.join(' ')));
`;

/** Which of the libraries an example loads. */
async function loadedBy(name: string, libraries: readonly string[]): Promise<string[]> {
  const listing = `data:text/javascript,${encodeURIComponent(TELL_LOADED)}`;
  const args = ['--import', listing, join(BUILT, `${name}.js`), 'photos', 'loaded-store'];
  const { stderr } = await run(process.execPath, args, { cwd: folder, maxBuffer: 2 ** 26 });
  return libraries.filter((library) => stderr.includes(`/node_modules/${library}/`));
}

test('counts before and after', async () => {
  const said = await example('monitor-counts', 'photos', 'scraped', 'counted-store');
  expect(said).toContain('0 items before, 4 after');
  expect(said).toContain('references: 2 processed, 0 skipped, 1 failed');
  expect(said).toContain('scraped: 2 processed, 0 skipped, 0 failed');
});
