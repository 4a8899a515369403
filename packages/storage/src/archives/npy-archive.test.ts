import { appendFile, mkdtemp, open, readdir, readFile, rm, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { lengthOf, type ArchiveEntry, type EmbeddedItem } from '@fashionmatch/domain';
import { collect, sampleItem } from '@fashionmatch/domain/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { itemArchive } from './item-archive.js';
import { npyArchive } from './npy-archive.js';
import { NPY_HEADER_BYTES, npyHeader, parseNpyHeader } from './npy-header.js';
import { linesOf } from './text-lines.js';

const DIMENSIONS = { clip: 4, dino: 3 };
const ENCODERS = { clip: { id: 'clip-a', dimensions: 4 }, dino: { id: 'dino-a', dimensions: 3 } };

let folder = '';
const at = (name: string): string => join(folder, name);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-npy-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function writeArchive(...ids: string[]): Promise<EmbeddedItem[]> {
  const items = ids.map((id) => sampleItem(id, DIMENSIONS));
  async function* pages(): AsyncGenerator<EmbeddedItem[]> {
    await Promise.resolve();
    yield items;
  }
  await npyArchive(at('team')).write(pages(), { encoders: ENCODERS, overwrite: true });
  return items;
}

async function entries(): Promise<ArchiveEntry[]> {
  await using opened = await npyArchive(at('team')).open();
  return await collect(opened.entries(ENCODERS));
}

async function replaceIn(name: string, change: (text: string) => string): Promise<void> {
  await writeFile(at(name), change(await readFile(at(name), 'utf8')));
}

test('the four files, and what is in them', async () => {
  const [first, second] = await writeArchive('a', 'b');
  expect((await readdir(folder)).sort()).toEqual(['team.clip.npy', 'team.dino.npy', 'team.json', 'team.jsonl']);
  const clip = await readFile(at('team.clip.npy'));
  expect(clip.toString('latin1', 0, 6)).toBe('\x93NUMPY');
  expect(clip.toString('latin1', 10, NPY_HEADER_BYTES)).toMatch(
    /^\{'descr': '<f4', 'fortran_order': False, 'shape': \(2, 4\), \} *\n$/,
  );
  const values = new Float32Array(Uint8Array.from(clip.subarray(NPY_HEADER_BYTES)).buffer);
  expect([...values]).toEqual([...(first?.embeddings.clip ?? []), ...(second?.embeddings.clip ?? [])]);
  const lines = (await readFile(at('team.jsonl'), 'utf8')).trimEnd().split('\n');
  expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
    { item_id: 'a' },
    { item_id: 'b', currency: 'EUR' },
  ]);
  expect(JSON.parse(await readFile(at('team.json'), 'utf8'))).toEqual({
    format: 'fashionmatch-items',
    schema_version: 1,
    encoders: ENCODERS,
  });
});

test.each(['team.npy', 'team.jsonl', 'team.clip.npy', 'team.dino.npy'])('%s names the same archive', (name) => {
  expect(itemArchive(at(name)).files).toEqual(npyArchive(at('team')).files);
});

test.each(['team', 'team.json', '.npy', '.parquet', 'team.csv', 'team.parquet.gz', ''])('"%s" names none', (name) => {
  expect(() => itemArchive(name)).toThrow('it must end in .parquet, .npy or .jsonl');
});

test('lines that are no items are faults; their vectors stay theirs', async () => {
  const [first, , , last] = await writeArchive('a', 'b', 'c', 'd');
  await replaceIn('team.jsonl', (text) => {
    const lines = text.split('\n');
    lines[1] = '{"item_id": "b"';
    lines[2] = `{"item_id": "c", "title": "${'x'.repeat(2 ** 20)}"}`;
    return lines.join('\n');
  });
  expect(await entries()).toEqual([
    { kind: 'item', row: 1, item: first },
    { kind: 'fault', row: 2, itemId: '', reason: 'the row cannot be read' },
    { kind: 'fault', row: 3, itemId: '', reason: 'the row cannot be read' },
    { kind: 'item', row: 4, item: last },
  ]);
});

test('a vector that is none is one fault', async () => {
  await writeArchive('a', 'b');
  const file = await open(at('team.dino.npy'), 'r+');
  await file.write(Buffer.from(Float32Array.of(NaN).buffer), 0, 4, NPY_HEADER_BYTES + 4);
  await file.close();
  expect(await entries()).toMatchObject([{ kind: 'fault', row: 1, itemId: 'a' }, { kind: 'item' }]);
});

describe('refused before anything is read:', () => {
  beforeEach(() => writeArchive('a', 'b', 'c'));

  test.each([
    ['one line too few', () => replaceIn('team.jsonl', (text) => text.slice(text.indexOf('\n') + 1)), '2 lines for 3'],
    ['one line too many', () => appendFile(at('team.jsonl'), '{}'), '4 lines for 3'],
    ['an array cut short', () => truncate(at('team.clip.npy'), 140), 'has not the 3 rows'],
    ['an array of another length', () => writeFile(at('team.dino.npy'), npyHeader(0, 3)), '3 lines for 3 and 0'],
    ['an array of other dimensions', () => writeFile(at('team.dino.npy'), npyHeader(0, 5)), '5 dimensions, not the 3'],
    ['no array', () => writeFile(at('team.dino.npy'), 'numbers'), 'no NumPy array'],
    ['a huge header', () => writeFile(at('team.dino.npy'), hugeHeader()), 'longer than a header can be'],
    ['a missing array', () => unlink(at('team.dino.npy')), 'team.dino.npy cannot be read: the file does not exist'],
    ['missing items', () => unlink(at('team.jsonl')), 'team.jsonl cannot be read: the file does not exist'],
    ['another document', () => writeFile(at('team.json'), '{}'), 'does not say which encoders'],
    ['a huge document', () => writeFile(at('team.json'), ' '.repeat(2 ** 20)), 'more than the limit'],
  ])('%s', async (_, spoil, reason) => {
    await spoil();
    await expect(entries()).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
      message: expect.stringContaining(reason),
    });
  });
});

test('without a document it says nothing of its encoders', async () => {
  await writeArchive('a', 'b');
  await unlink(at('team.json'));
  await using opened = await npyArchive(at('team')).open();
  expect(opened).toMatchObject({ encoders: undefined, spaces: ['clip', 'dino'], size: 2 });
  expect(await collect(opened.entries(ENCODERS))).toMatchObject([{ kind: 'item' }, { kind: 'item' }]);
});

test.each([
  [
    '<f2',
    2,
    (bytes: DataView, at: number, value: number) => {
      bytes.setUint16(at, toHalf(value), true);
    },
  ],
  [
    '<f8',
    8,
    (bytes: DataView, at: number, value: number) => {
      bytes.setFloat64(at, value, true);
    },
  ],
] as const)('vectors of %s are read, and have length 1', async (descr, size, put) => {
  await writeArchive('a', 'b', 'c');
  const items = (await entries()).map((entry) => (entry.kind === 'item' ? entry.item.embeddings.clip : undefined));
  const bytes = new DataView(new ArrayBuffer(3 * 4 * size));
  for (const [i, vector] of items.entries()) {
    for (const [j, value] of (vector ?? []).entries()) put(bytes, (4 * i + j) * size, value);
  }
  const header = Buffer.from(npyHeader(3, 4).toString('latin1').replace('<f4', descr), 'latin1');
  await writeFile(at('team.clip.npy'), Buffer.concat([header, new Uint8Array(bytes.buffer)]));
  for (const [i, entry] of (await entries()).entries()) {
    if (entry.kind === 'fault') throw new Error(entry.reason);
    const { clip = new Float32Array() } = entry.item.embeddings;
    expect(Math.abs(lengthOf(clip) - 1)).toBeLessThan(1e-6);
    for (const [j, value] of (items[i] ?? []).entries()) expect(Math.abs((clip[j] ?? NaN) - value)).toBeLessThan(1e-3);
  }
});

/** Of numbers that are neither tiny nor huge; cut off rather than rounded. */
function toHalf(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0] ?? 0;
  return ((bits >>> 16) & 0x8000) | ((((bits >>> 23) & 0xff) - 112) << 10) | ((bits >>> 13) & 0x3ff);
}

function hugeHeader(): Buffer {
  const header = npyHeader(1, 3);
  header.writeUInt8(2, 6);
  header.writeUInt32LE(0xffff_fff0, 8);
  return header;
}

describe('headers that NumPy writes:', () => {
  const header = (version: number, fields: string): Buffer => {
    const prefix = version === 1 ? Buffer.alloc(10) : Buffer.alloc(12);
    prefix.write('\x93NUMPY', 'latin1');
    prefix.writeUInt8(version, 6);
    if (version === 1) prefix.writeUInt16LE(fields.length, 8);
    else prefix.writeUInt32LE(fields.length, 8);
    return Buffer.concat([prefix, Buffer.from(fields), Buffer.alloc(48)]);
  };

  test('of all versions, with or without a last comma', () => {
    const fields = "{'descr': '<f4', 'fortran_order': False, 'shape': (12, 512), }    \n";
    expect(parseNpyHeader(header(1, fields))).toMatchObject({
      rows: 12,
      columns: 512,
      type: '<f4',
      dataOffset: 10 + fields.length,
    });
    const others = "{'shape': (0,512), 'fortran_order': False, 'descr': '<f4'}\n";
    expect(parseNpyHeader(header(2, others))).toMatchObject({ rows: 0, columns: 512, dataOffset: 12 + others.length });
  });

  test.each([
    ["{'descr': '>f4', 'fortran_order': False, 'shape': (3, 4), }", 'it holds >f4'],
    ["{'descr': '<f4', 'fortran_order': True, 'shape': (3, 4), }", 'in Fortran order'],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", 'two dimensions'],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4, 5), }", 'two dimensions'],
    ["{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3, 4), }", 'it holds unknown'],
    ['', 'two dimensions'],
  ])('not %s', (fields, reason) => {
    expect(() => parseNpyHeader(header(1, fields))).toThrow(reason);
    expect(() => parseNpyHeader(header(9, fields))).toThrow('version 9');
  });
});

test('lines come whole across the pieces that a file is read in', async () => {
  const lines = Array.from({ length: 40 }, (_, i) => 'é'.repeat((i * 991) % 7_000));
  await writeFile(at('lines'), lines.join('\n'));
  const file = await open(at('lines'));
  try {
    expect(await collect(linesOf(file, 20_000))).toEqual(lines);
    const short = lines.map((line) => (Buffer.byteLength(line) > 4_000 ? undefined : line));
    expect(await collect(linesOf(file, 4_000))).toEqual(short);
  } finally {
    await file.close();
  }
});
