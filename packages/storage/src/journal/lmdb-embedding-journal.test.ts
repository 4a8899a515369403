import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

import { VectorStoreError, type EmbeddedItem, type EmbeddingJournal } from '@fashionmatch/domain';
import { collect, embeddingJournalContract, RecordingLogger, sampleItem } from '@fashionmatch/domain/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { open } from 'lmdb';

import { FORMAT_KEY, itemKey } from './journal-key.js';
import { openLmdbEmbeddingJournal, type LmdbEmbeddingJournalOptions } from './lmdb-embedding-journal.js';

const DIMENSIONS = { clip: 512, dino: 384 };
const ENCODERS = { clip: 'clip-a', dino: 'dino-a' };

let root: string;
/** Of the journal; a test may choose another one below `root`. */
let directory: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'fashionmatch.journal.'));
  directory = root;
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

const sample = (itemId: string, hashPair: string): EmbeddedItem =>
  sampleItem(itemId, DIMENSIONS, { provenance: { contentSha256: hashPair.repeat(32) } });

/** Opens the journal, does something with it, and closes it again. */
async function withJournal<T>(
  run: (journal: EmbeddingJournal) => Promise<T>,
  options: Partial<LmdbEmbeddingJournalOptions> = {},
): Promise<T> {
  const journal = await openLmdbEmbeddingJournal({ directory, collectionName: 'looks', ...options });
  try {
    return await run(journal);
  } finally {
    await journal[Symbol.asyncDispose]();
  }
}

const append = (...items: EmbeddedItem[]): Promise<void> =>
  withJournal(async (journal) => {
    await journal.appendVectors(items, ENCODERS);
    await journal.updateItems(items);
  });

const idsOf = async (journal: EmbeddingJournal): Promise<string[]> =>
  (await collect(journal.getItems())).map(({ item }) => item.itemId).sort();

const FILES = ['items.mdb', 'vectors.mdb'];

const bytesOf = (vector: Float32Array): Buffer => Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);

/** Wherever it stands: LMDB leaves earlier versions of a page in its file. */
async function replaceOnDisk(file: string, before: Uint8Array, after: Uint8Array): Promise<void> {
  const path = join(directory, file);
  const bytes = await readFile(path);
  expect(bytes.indexOf(before)).toBeGreaterThan(0);
  for (let at = bytes.indexOf(before); at >= 0; at = bytes.indexOf(before, at + 1)) bytes.set(after, at);
  await writeFile(path, bytes);
}

embeddingJournalContract(test, async () => {
  const own = await mkdtemp(join(directory, 'case-'));
  return openLmdbEmbeddingJournal({ directory: own, collectionName: 'looks' });
});

describe('what is on the disk', () => {
  test('is there when the journal is opened again', async () => {
    const item = sample('a', 'ab');
    await append(item);
    await withJournal(async (journal) => {
      expect(await collect(journal.getItems())).toEqual([{ item: item.item, provenance: item.provenance }]);
      const hash = item.provenance.contentSha256;
      expect((await journal.getVectors('clip-a', [hash])).get(hash)).toEqual(item.embeddings.clip);
    });
  });

  test('belongs to a collection, as far as items go; vectors are shared', async () => {
    await append(sample('a', 'ab'));
    await withJournal(
      async (journal) => {
        expect(await idsOf(journal)).toEqual([]);
        expect((await journal.getVectors('clip-a', ['ab'.repeat(32)])).size).toBe(1);
        await journal.appendVectors([sample('a', 'cd')], ENCODERS);
        await journal.updateItems([sample('a', 'cd')]);
        await journal.remove(['a']);
        expect(await journal.size()).toMatchObject({ items: 0, vectors: 4 });
        // What the other collection has stays.
        expect(await journal.compact()).toBe(2);
      },
      { collectionName: 'others' },
    );
    await withJournal(async (journal) => {
      expect(await idsOf(journal)).toEqual(['a']);
      expect(await journal.size()).toMatchObject({ items: 1, vectors: 2 });
    });
  });

  test('is made with its directory, whatever that is called', async () => {
    directory = join(directory, 'v1.2', 'journal.d');
    await append(sample('a', 'ab'));
    expect((await readdir(directory)).sort()).toEqual(FILES.flatMap((file) => [file, `${file}-lock`]));
  });

  test('is given back when the journal is closed twice', async () => {
    const journal = await openLmdbEmbeddingJournal({ directory, collectionName: 'looks' });
    await journal[Symbol.asyncDispose]();
    await journal[Symbol.asyncDispose]();
    await expect(journal.updateItems([sample('a', 'ab')])).rejects.toThrow();
    await expect(journal.getVectors('clip-a', ['ab'.repeat(32)])).rejects.toThrow();
    await expect(collect(journal.getItems())).rejects.toThrow();
  });
});

describe('a journal opened for reading only', () => {
  test('reads what is there, and refuses to write', async () => {
    await append(sample('a', 'ab'));
    await withJournal(
      async (journal) => {
        expect(await idsOf(journal)).toEqual(['a']);
        expect((await journal.getVectors('dino-a', ['ab'.repeat(32)])).size).toBe(1);
        expect(await journal.size()).toMatchObject({ items: 1, vectors: 2 });
        await expect(journal.remove(['a'])).rejects.toThrow('reading only');
        await expect(journal.appendVectors([sample('b', 'cd')], ENCODERS)).rejects.toThrow('reading only');
      },
      { readOnly: true },
    );
  });

  test('is empty where there is none, and makes none', async () => {
    directory = join(directory, 'nowhere');
    await withJournal(
      async (journal) => {
        expect(await idsOf(journal)).toEqual([]);
        expect((await journal.getVectors('clip-a', ['ab'.repeat(32)])).size).toBe(0);
        expect(await journal.size()).toEqual({ items: 0, vectors: 0, bytes: 0 });
      },
      { readOnly: true },
    );
    await expect(readdir(directory)).rejects.toThrow('ENOENT');
  });

  test('is empty where a writer was killed before it had begun', async () => {
    for (const file of FILES) await writeFile(join(directory, file), '');
    expect(await withJournal(idsOf, { readOnly: true })).toEqual([]);
  });
});

describe('damage', () => {
  test('to one vector leaves it out, even when its length is still 1, and says so', async () => {
    const [bad, good] = [sample('bad', 'ab'), sample('good', 'cd')];
    await append(bad, good);
    const turned = bad.embeddings.clip.with(0, -(bad.embeddings.clip[0] ?? 0));
    await replaceOnDisk('vectors.mdb', bytesOf(bad.embeddings.clip), bytesOf(turned));
    const logger = new RecordingLogger();
    await withJournal(
      async (journal) => {
        const hashes = ['ab'.repeat(32), 'cd'.repeat(32)];
        expect([...(await journal.getVectors('clip-a', hashes)).keys()]).toEqual(['cd'.repeat(32)]);
        expect((await journal.getVectors('dino-a', hashes)).size).toBe(2);
        // Encoding the image again mends it.
        await journal.appendVectors([bad], ENCODERS);
        expect((await journal.getVectors('clip-a', hashes)).size).toBe(2);
      },
      { logger },
    );
    expect(logger.events).toEqual([expect.objectContaining({ level: 'warn', fields: { count: 1, directory } })]);
  });

  test('to one item leaves it out, and says so', async () => {
    await append(sample('bad', 'ab'), sample('good', 'cd'));
    await replaceOnDisk('items.mdb', Buffer.from('Wool coat bad'), Buffer.from('Cool coat bad'));
    const logger = new RecordingLogger();
    expect(await withJournal(idsOf, { logger })).toEqual(['good']);
    expect(logger.events).toEqual([expect.objectContaining({ level: 'warn', fields: { count: 1, directory } })]);
  });

  test.each(FILES)('to the whole of %s is an error, not a crash', async (file) => {
    await append(...Array.from({ length: 200 }, (_, i) => sample(String(i), (i + 16).toString(16))));
    const path = join(directory, file);
    const whole = await readFile(path);
    const openIt = async (): Promise<void> => {
      await withJournal(() => Promise.resolve(), { readOnly: true });
      await withJournal(() => Promise.resolve());
    };

    await truncate(path, whole.length / 2);
    await expect(openIt()).rejects.toThrow(`The journal ${path} was cut short: remove this file, and`);
    await truncate(path, 4096);
    await expect(openIt()).rejects.toThrow('is no LMDB file');
    await truncate(path, 10);
    await expect(openIt()).rejects.toThrow('is no LMDB file');
    await writeFile(path, '<html>'.repeat(10_000));
    await expect(openIt()).rejects.toThrow('is no LMDB file');
    await writeFile(path, whole);
    await openIt();
  });

  test.each(FILES)('to the format of %s is an error', async (file) => {
    await append(sample('a', 'ab'));
    await replaceOnDisk(file, Buffer.from('{"format":4}'), Buffer.from('{"format":9}'));
    await expect(withJournal(idsOf)).rejects.toThrow(`${join(directory, file)} has an unreadable beginning`);
  });

  test('to the items is mended by removing their file; the vectors are still known', async () => {
    await append(sample('a', 'ab'));
    await rm(join(directory, 'items.mdb'));
    await withJournal(async (journal) => {
      expect(await idsOf(journal)).toEqual([]);
      expect((await journal.getVectors('clip-a', ['ab'.repeat(32)])).size).toBe(1);
    });
  });
});

/** A journal's items as another version wrote them. */
async function writeItems(...entries: readonly (readonly [key: Buffer, value: unknown])[]): Promise<void> {
  const lmdb = open(join(directory, 'items.mdb'), { encoding: 'binary', keyEncoding: 'binary', noSubdir: true });
  for (const [key, value] of entries) {
    const body = Buffer.from(JSON.stringify(value));
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32LE(crc32(body, crc32(key)));
    await lmdb.put(key, Buffer.concat([body, checksum]));
  }
  await lmdb.close();
}

test('a journal of a later version is left alone', async () => {
  await writeItems([FORMAT_KEY, { format: 5 }]);
  const refused = withJournal(idsOf);
  await expect(refused).rejects.toBeInstanceOf(VectorStoreError);
  await expect(refused).rejects.toThrow(/written by a later FashionMatch: upgrade/);
});

test('a journal of an earlier format is read, and is of the present one once it is open for writing', async () => {
  const path = '/looks/coat.jpg';
  const values = [
    'a',
    'coat.jpg',
    9,
    'EUR',
    '',
    '',
    '',
    '',
    `file://${path}`,
    `file://${path}`,
    '',
    '2026-01-31T09:45:01Z',
  ];
  const provenance = ['references', path, 17, 5.5, 'ab'.repeat(32)];
  await writeItems([FORMAT_KEY, { format: 1 }], [itemKey('looks', 'a'), [...values, path, ...provenance]]);
  const expected = {
    item: { itemId: 'a', title: 'coat.jpg', price: 9, url: `file://${path}`, sellerId: '', localImagePath: path },
    provenance: {
      source: 'references',
      filePath: path,
      fileSize: 17,
      fileMtimeMs: 5.5,
      contentSha256: 'ab'.repeat(32),
    },
  };
  for (const readOnly of [true, false]) {
    expect(await withJournal((journal) => collect(journal.getItems()), { readOnly })).toMatchObject([expected]);
    const format = readOnly ? '{"format":1}' : '{"format":4}';
    expect((await readFile(join(directory, 'items.mdb'))).includes(format)).toBe(true);
  }
});

test.each([
  ['twice', { title: 'same', brand: '2', size: '', condition: 'same', url: '0' }],
  ['as a text and as its source', { title: 'references', brand: 'scraped', condition: 'references' }],
  ['as a path and its address', { imageUrl: 'file:///a', url: 'file:///a', localImagePath: '/a' }],
  ['as an address and its address', { imageUrl: 'file://file:///a', url: 'file:///a', localImagePath: '/a' }],
  ['as an address and none of its path', { imageUrl: 'file:///b', url: 'file://', localImagePath: '/a' }],
])('texts that an item has %s come back each in its place', async (_, item) => {
  const sample = sampleItem('0', DIMENSIONS, { item, provenance: { filePath: '/a', contentSha256: 'ab'.repeat(32) } });
  await append(sample);
  const stored = { item: sample.item, provenance: sample.provenance };
  expect(await withJournal((journal) => collect(journal.getItems()))).toEqual([stored]);
});

test('a directory that cannot be one is an error that names it', async () => {
  await writeFile(join(directory, 'file'), 'x');
  const refused = withJournal(idsOf, { directory: join(directory, 'file') });
  await expect(refused).rejects.toThrow(
    `The journal ${join(directory, 'file', 'vectors.mdb')} cannot be opened: ENOTDIR`,
  );
});
