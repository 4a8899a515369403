import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { lengthOf, type ArchiveEntry } from '@fashionmatch/domain';
import { collect, sampleItem } from '@fashionmatch/domain/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';

import { archiveDocument } from './archive-document.js';
import { parquetArchive } from './parquet-archive.js';
import { PARQUET_SCHEMA } from './parquet-columns.js';
import { toItemRecord } from '../item-record.js';

const DIMENSIONS = { clip: 4, dino: 3 };
const ENCODERS = { clip: { id: 'clip-a', dimensions: 4 }, dino: { id: 'dino-a', dimensions: 3 } };
const DOCUMENT = archiveDocument(ENCODERS);

let folder = '';
let path = '';
let count = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-parquet-'));
});

beforeEach(() => {
  path = join(folder, `${String(++count)}.parquet`);
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

type Row = Record<string, unknown>;

const goodRow = (itemId: string): Row => {
  const { embeddings, ...stored } = sampleItem(itemId, DIMENSIONS);
  return { ...toItemRecord(stored), clip_embedding: [...embeddings.clip], dino_embedding: [...embeddings.dino] };
};

/** A file as any program may have written it. */
async function writeRows(rows: Row[], document: string | null = DOCUMENT): Promise<void> {
  const present = new Set(rows.flatMap((row) => Object.keys(row)));
  const writer = new ByteWriter();
  const parquet = new ParquetWriter({
    writer,
    // Nothing is required of other programs' columns.
    schema: PARQUET_SCHEMA.flatMap((element, i) => {
      if (i === 0) return [{ ...element, num_children: present.size }];
      if (element.name === 'list') return [element];
      return element.name === 'element' || present.has(element.name)
        ? [{ ...element, repetition_type: 'OPTIONAL' as const }]
        : [];
    }),
    ...(document !== null && { kvMetadata: [{ key: 'fashionmatch', value: document }] }),
  });
  const names = PARQUET_SCHEMA.map(({ name }) => name).filter((name) => present.has(name));
  await parquet.write({ columnData: names.map((name) => ({ name, data: rows.map((row) => row[name]) })) });
  await parquet.finish();
  await writeFile(path, writer.getBytes());
}

async function entries(): Promise<ArchiveEntry[]> {
  await using opened = await parquetArchive(path).open();
  return await collect(opened.entries(ENCODERS));
}

const unreadable = (reason: string) => ({ code: 'SOURCE_UNREADABLE', message: expect.stringContaining(reason) });

const without = (name: string, row: Row): Row =>
  Object.fromEntries(Object.entries(row).filter(([key]) => key !== name));

test('columns that an item can do without may be missing', async () => {
  await writeRows([without('title', without('fm_file_size', goodRow('a')))]);
  expect(await entries()).toMatchObject([{ kind: 'item', item: { item: { title: '' }, provenance: { fileSize: 0 } } }]);
});

test('bad rows are faults, each with its reason; good rows among them are read', async () => {
  const bad: [Row, string][] = [
    [{ item_id: null }, 'item_id'],
    [{ item_id: '' }, 'item_id'],
    [{ fm_content_sha256: 'AB' }, 'fm_content_sha256'],
    [{ price: -1 }, 'the price is negative'],
    [{ price: NaN }, 'price'],
    [{ fm_file_size: Infinity }, 'fm_file_size'],
    [{ fm_source: 'elsewhere' }, 'fm_source'],
    [{ clip_embedding: [1, 0, 0] }, '3 dimensions, not 4'],
    [{ clip_embedding: [1, 0, 0, NaN] }, 'length NaN, not 1'],
    [{ clip_embedding: [1, 0, 0, Infinity] }, 'length Infinity, not 1'],
    [{ clip_embedding: [1, 0, 0, null] }, 'not two vectors of numbers'],
    [{ clip_embedding: [0.998, 0, 0, 0] }, 'length 0.998'],
    [{ clip_embedding: null, dino_embedding: null }, 'it has no vector'],
    [{ dino_embedding: [1, 1, 0] }, 'length 1.41'],
  ];
  await writeRows(bad.flatMap(([change], i) => [{ ...goodRow('bad'), ...change }, goodRow(`good-${String(i)}`)]));
  expect(await entries()).toMatchObject(
    bad.flatMap(([, reason], i) => [
      { kind: 'fault', row: 2 * i + 1, reason: expect.stringContaining(reason) },
      { kind: 'item', row: 2 * i + 2, item: { item: { itemId: `good-${String(i)}` } } },
    ]),
  );
});

test('what another program leaves out is left out: its document, the content hash, one of the vectors, any value', async () => {
  await writeRows(
    [
      without('fm_content_sha256', without('dino_embedding', goodRow('a'))),
      without('dino_embedding', { ...goodRow('b'), fm_content_sha256: null, price: null, title: null }),
    ],
    null,
  );
  await using opened = await parquetArchive(path).open();
  expect(opened).toMatchObject({ encoders: undefined, spaces: ['clip'], size: 2 });
  expect(await collect(opened.entries(ENCODERS))).toMatchObject([
    { kind: 'item', item: { provenance: { contentSha256: '' }, embeddings: { dino: undefined } } },
    { kind: 'item', item: { item: { price: 0, title: '' }, provenance: { contentSha256: '' } } },
  ]);
});

test('a vector whose length is 1 within a thousandth is made one of length 1', async () => {
  const { embeddings } = sampleItem('a', DIMENSIONS);
  await writeRows([{ ...goodRow('a'), clip_embedding: [...embeddings.clip].map((value) => value * 1.0009) }]);
  const [entry] = await entries();
  if (entry?.kind !== 'item') throw new Error('it is no item');
  const { clip = new Float32Array() } = entry.item.embeddings;
  expect(Math.abs(lengthOf(clip) - 1)).toBeLessThan(1e-6);
  for (const [i, value] of clip.entries()) expect(value).toBeCloseTo(embeddings.clip[i] ?? NaN, 5);
});

describe('unreadable as a whole:', () => {
  test.each([
    ['a document of something else', '{"format":"other","schema_version":1}', 'does not say which encoders'],
    ['a document that is no JSON', '{', 'does not say which encoders'],
    ['a later version', DOCUMENT.replace('"schema_version": 1', '"schema_version": 2'), 'later FashionMatch'],
    ['no dimensions', DOCUMENT.replace('"dimensions": 4', '"dimensions": -4'), 'encoders.clip.dimensions'],
  ])('%s', async (_, document, reason) => {
    await writeRows([goodRow('a')], document);
    await expect(parquetArchive(path).open()).rejects.toMatchObject(unreadable(reason));
  });

  test('a column missing that every item needs', async () => {
    await writeRows([without('item_id', goodRow('a'))]);
    await expect(entries()).rejects.toMatchObject(unreadable('no column item_id'));
    await writeRows([without('clip_embedding', without('dino_embedding', goodRow('a')))]);
    await expect(entries()).rejects.toMatchObject(unreadable('no column clip_embedding or dino_embedding'));
  });

  test('no Parquet', async () => {
    await writeFile(path, 'PAR1 and nothing more');
    await expect(entries()).rejects.toMatchObject(unreadable('no Parquet file'));
  });

  test('cut short', async () => {
    await writeRows([goodRow('a')]);
    await truncate(path, (await readFile(path)).length - 20);
    await expect(entries()).rejects.toMatchObject(unreadable(path));
  });
});
