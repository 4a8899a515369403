import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { FashionMatchError } from '@fashionmatch/domain';
import { sampleItem, seededRandom } from '@fashionmatch/domain/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';

import { archiveDocument } from './archive-document.js';
import { parquetArchive } from './parquet-archive.js';
import { PARQUET_SCHEMA } from './parquet-columns.js';
import { toItemRecord } from '../item-record.js';

const DIMENSIONS = { clip: 4, dino: 3 };
const ENCODERS = { clip: { id: 'clip-a', dimensions: 4 }, dino: { id: 'dino-a', dimensions: 3 } };
const BRANDS = ['Arket', 'Filippa K', 'Toast'];

let path = '';

beforeAll(async () => {
  path = join(await mkdtemp(join(tmpdir(), 'fashionmatch-parquet-')), 'archive.parquet');
});

afterAll(async () => {
  await rm(join(path, '..'), { recursive: true });
});

/** 300 items of three brands, so that the brands are a dictionary and 300 indices of two bits. */
function archiveBytes(compress: (page: Uint8Array) => Uint8Array): Uint8Array {
  const items = Array.from({ length: 300 }, (_, i) =>
    sampleItem(`item-${String(i)}`, DIMENSIONS, { item: { brand: BRANDS[i % 3] ?? '' } }),
  );
  const rows = items.map(toItemRecord);
  const writer = new ByteWriter();
  const parquet = new ParquetWriter({
    writer,
    schema: PARQUET_SCHEMA,
    compressors: { SNAPPY: compress },
    kvMetadata: [{ key: 'fashionmatch', value: archiveDocument(ENCODERS) }],
  });
  void parquet.write({
    columnData: [
      ...Object.keys(rows[0] ?? {}).map((name) => ({ name, data: rows.map((row) => row[name]) })),
      { name: 'clip_embedding', data: items.map(({ embeddings }) => [...embeddings.clip]) },
      { name: 'dino_embedding', data: items.map(({ embeddings }) => [...embeddings.dino]) },
    ],
  });
  void parquet.finish();
  return writer.getBytes().slice();
}

/** Snappy's format with nothing compressed: the length as a varint, then literals of at most 60 bytes. */
function asSnappy(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  let length = bytes.length;
  for (; length > 127; length >>>= 7) parts.push(Uint8Array.of((length & 127) | 128));
  parts.push(Uint8Array.of(length));
  for (let at = 0; at < bytes.length; at += 60) {
    const literal = bytes.subarray(at, at + 60);
    parts.push(Uint8Array.of((literal.length - 1) << 2), literal);
  }
  return Buffer.concat(parts);
}

/** How many rows came whole, or the code of the error that ended it. */
async function outcome(): Promise<number | string> {
  try {
    await using opened = await parquetArchive(path).open();
    let items = 0;
    for await (const { kind } of opened.entries(ENCODERS)) if (kind === 'item') items++;
    return items;
  } catch (error) {
    if (error instanceof FashionMatchError) return error.code;
    throw error;
  }
}

test('a page that claims two thousand million values ends as an error, and costs this process no memory', async () => {
  let bombs = 0;
  const bytes = archiveBytes((page) => {
    const isIndicesOfTwoBits = page[0] === 2 && page.length > 70 && page.length < 90;
    if (!isIndicesOfTwoBits) return asSnappy(page);
    bombs++;
    // Two bits a value, then one run: 2³¹ - 1 times the second brand.
    return asSnappy(Uint8Array.from(page, (byte, i) => [2, 0xfe, 0xff, 0xff, 0xff, 0x0f, 1][i] ?? byte));
  });
  expect(bombs).toBe(1);
  await writeFile(path, bytes);
  const before = process.memoryUsage().rss;
  expect(await outcome()).toBe('SOURCE_UNREADABLE');
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20);
});

test('whatever byte of an archive is another, it is read, or refused with a reason', async () => {
  const bytes = archiveBytes(asSnappy);
  await writeFile(path, bytes);
  expect(await outcome()).toBe(300);
  const random = seededRandom(20_250_115);
  for (let round = 0; round < 20; round++) {
    const changed = Buffer.from(bytes);
    // Most of what can go wrong is in the footer.
    const from = round % 2 === 0 ? 0 : bytes.length - 4_000;
    const at = from + Math.floor(random() * (bytes.length - from));
    changed[at] = Math.floor(random() * 256);
    await writeFile(path, changed);
    const result = await outcome();
    if (typeof result === 'number') expect(result).toBeLessThanOrEqual(300);
    else expect(result).toBe('SOURCE_UNREADABLE');
  }
});
