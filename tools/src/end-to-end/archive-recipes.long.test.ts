import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { copySampleData } from '../sample-data/copy-sample-data.js';
import { BUILT_IN, fashionmatch, type Outcome } from './running/fashionmatch-process.js';
import { readRawCollections } from './running/raw-collections.js';

const PACKAGES = ['pandas==3.1.1', 'pyarrow==26.0.1', 'polars==2.1.0', 'duckdb==2.0.1', 'numpy==2.4.6'];

const NAMED = ['--clip-encoder', 'builtin/colour-layout', '--dino-encoder', 'builtin/structure', '--root', 'data'];

const run = promisify(execFile);

/** Of an environment with the packages; undefined where there is no Python, or no way to the packages. */
const python = await (async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fashionmatch-python-'));
  try {
    await run('python3', ['-m', 'venv', folder]);
    await run(join(folder, 'bin/pip'), ['install', '--quiet', '--only-binary', ':all:', ...PACKAGES]);
    return { folder, path: join(folder, 'bin/python') };
  } catch {
    await rm(folder, { recursive: true });
    process.stderr.write('Skipped: the recipes of archives need python3 with venv, and the way to its packages.\n');
    return undefined;
  }
})();

let folder = '';
const inFolder = (name: string): string => join(folder, name);

function command(args: string[], store = 'data/chromadb'): Promise<Outcome> {
  return fashionmatch(args, folder, { ...BUILT_IN, FASHIONMATCH_DATABASE__PERSIST_DIRECTORY: store });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-recipes-'));
  await copySampleData(inFolder('data'));
  await command(['embed']);
  for (const file of ['team.parquet', 'team.npy'])
    expect(await command(['export', file])).toMatchObject({ exitCode: 0 });
  if (python === undefined) return;
  const document = await readFile(new URL('../../../docs/archives.md', import.meta.url), 'utf8');
  const recipes = [...document.matchAll(/```python\n(.*?)```/gs)].map(([, code = '']) => code);
  await writeFile(inFolder('recipes.py'), [...recipes, VARIANTS].join('\n'));
  await run(python.path, ['recipes.py'], { cwd: folder });
});

afterAll(async () => {
  await rm(folder, { recursive: true });
  if (python) await rm(python.folder, { recursive: true });
});

/** What these programs write by default, and of what is unlike ours as much as one table can have. */
const VARIANTS = `
import os
import pyarrow as pa
import pyarrow.parquet as pq

duckdb.sql("COPY (SELECT * FROM 'team.parquet') TO 'duckdb-default.parquet'")
items = pd.read_parquet("team.parquet")
clip, dino = (np.stack(items[name]) for name in ("clip_embedding", "dino_embedding"))
vectors, hashes = ["clip_embedding", "dino_embedding"], ["fm_content_sha256", "fm_file_size", "fm_file_mtime_ms"]
own = items.drop(columns=vectors + hashes).assign(
    item_id=range(9_007_199_254_740_993, 9_007_199_254_740_993 + len(items)),
    scraped_at=pd.to_datetime(items["scraped_at"], utc=True, format="ISO8601"),
    brand=items["brand"].replace("", None),
)
table = pa.Table.from_pandas(own)
half = pa.array(list(clip.astype(np.float16)), pa.list_(pa.float16()))
fixed = pa.FixedSizeListArray.from_arrays(pa.array(dino.astype(np.float64).ravel()), dino.shape[1])
both = table.append_column("clip_embedding", half).append_column("dino_embedding", fixed)
pq.write_table(both, "half.parquet", compression="gzip")
pq.write_table(both, "second-pages.parquet", compression="brotli", data_page_version="2.0", use_dictionary=False)

os.makedirs("retrieval/img_emb")
os.makedirs("retrieval/metadata")
for n, rows in enumerate(np.array_split(np.arange(len(items)), 2)):
    np.save(f"retrieval/img_emb/img_emb_{n}.npy", clip[rows].astype(np.float16))
    paths = items["fm_file_path"].iloc[rows]
    pd.DataFrame({"image_path": paths}).to_parquet(f"retrieval/metadata/metadata_{n}.parquet")
`;

/** The vectors of a store by the path of the image, in both spaces. */
async function vectorsOf(store: string): Promise<Map<string, readonly (readonly number[])[]>> {
  const { clip, dino } = await readRawCollections(inFolder(store), 'fashion_items');
  const dinoAt = new Map(dino.ids.map((id, i) => [id, dino.embeddings[i] ?? []]));
  return new Map(
    clip.ids.map((id, i) => [
      String(clip.metadatas[i]?.['fm_file_path']),
      [clip.embeddings[i] ?? [], dinoAt.get(id) ?? []],
    ]),
  );
}

async function expectSameVectors(store: string, tolerance: number): Promise<number> {
  const [imported, original] = [await vectorsOf(store), await vectorsOf('data/chromadb')];
  for (const [path, vectors] of imported) {
    for (const [space, vector] of vectors.entries()) {
      const expected = original.get(path)?.[space] ?? [];
      expect(vector.length).toBe(expected.length);
      expect(Math.max(...vector.map((value, i) => Math.abs(value - (expected[i] ?? NaN))))).toBeLessThanOrEqual(
        tolerance,
      );
    }
  }
  return imported.size;
}

(python ? describe : describe.skip)('what other programs write is imported:', () => {
  test.each(['pandas', 'polars', 'duckdb', 'duckdb-default'])('%s, with the encoders of ours', async (name) => {
    const refused = await command(['import', `${name}.parquet`], name);
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--encoders-as') });
    const args = ['import', `${name}.parquet`, '--encoders-as', 'team.parquet', '--json'];
    const { exitCode, stdout } = await command(args, name);
    expect(exitCode).toBe(0);
    const report: unknown = JSON.parse(stdout);
    expect(report).toMatchObject({ failed_items: 0, encoded_items: 0 });
    expect(report).toHaveProperty('new_items', await expectSameVectors(name, 1e-6));
  });

  test.each(['half.parquet', 'second-pages.parquet', 'own.npy'])('%s, without hashes', async (file) => {
    const { exitCode, stdout } = await command(['import', file, ...NAMED, '--json'], `from-${file}`);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ new_items: 80, failed_items: 0, compared_items: 50, encoded_items: 0 });
    expect(await expectSameVectors(`from-${file}`, 1e-3)).toBe(80);
    if (!file.endsWith('.parquet')) return;
    const { clip } = await readRawCollections(inFolder(`from-${file}`), 'fashion_items');
    expect(clip.ids).toContain('9007199254740995');
  });

  test("clip-retrieval's folder, and the other vectors are made", async () => {
    const args = ['import', 'retrieval', '--clip-encoder', 'builtin/colour-layout', '--json'];
    const outside = await command(args, 'outside');
    expect(outside).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('--root') });
    expect(JSON.parse(outside.stdout)).toMatchObject({ new_items: 0, failed_items: 80 });
    const { exitCode, stdout } = await command([...args, '--root', 'data'], 'retrieved');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ new_items: 80, failed_items: 0, encoded_items: 80 });
    expect(await expectSameVectors('retrieved', 1e-3)).toBe(80);
  });
});
