import assert from 'node:assert/strict';

import { FashionMatchError, type FatalCode } from '../errors.js';
import type { EmbeddedItem } from '../fashion-item.js';
import type { ArchivedItem, ArchiveEntry, ItemArchive } from '../ports/item-archive.js';
import { collect, withOpened, type DeclareTest, type Open } from './contract.js';
import { sampleItem } from './sample-items.js';

const DIMENSIONS = { clip: 7, dino: 3 };

const ENCODERS = {
  clip: { id: 'clip-a#fp32:sha256=0123456789ab', dimensions: DIMENSIONS.clip },
  dino: { id: 'dino-a', dimensions: DIMENSIONS.dino },
};

const sampleMany = (count: number, prefix = 'item'): EmbeddedItem[] =>
  Array.from({ length: count }, (_, i) => sampleItem(`${prefix}-${String(i)}`, DIMENSIONS));

async function* pagesOf(...pages: EmbeddedItem[][]): AsyncGenerator<EmbeddedItem[]> {
  await Promise.resolve();
  yield* pages;
}

async function entriesOf(archive: ItemArchive): Promise<ArchiveEntry[]> {
  await using opened = await archive.open();
  return await collect(opened.entries(ENCODERS));
}

async function itemsOf(archive: ItemArchive): Promise<ArchivedItem[]> {
  return (await entriesOf(archive)).map((entry) => {
    assert.equal(entry.kind, 'item');
    return entry.item;
  });
}

const isFatal =
  (code: FatalCode) =>
  (error: unknown): boolean =>
    error instanceof FashionMatchError && error.code === code;

const is =
  (expected: Error) =>
  (error: unknown): boolean =>
    error === expected;

/** What every {@link ItemArchive} guarantees. `open` gives one that is not there yet. */
export function itemArchiveContract(test: DeclareTest, open: Open<ItemArchive>): void {
  const check = (name: string, run: (archive: ItemArchive) => Promise<void>): unknown =>
    test(`item archive: ${name}`, () => withOpened(open(), run));

  check('everything comes back, vectors to the last bit', async (archive) => {
    const items = sampleMany(3);
    await archive.write(pagesOf(items), { encoders: ENCODERS });
    assert.deepEqual(await itemsOf(archive), items);
  });

  check('it says which encoders made its vectors, and how many rows it has', async (archive) => {
    await archive.write(pagesOf(sampleMany(3)), { encoders: ENCODERS });
    await using opened = await archive.open();
    assert.deepEqual(opened.encoders, ENCODERS);
    assert.equal(opened.size, 3);
  });

  check('pages of any size follow each other, and rows are counted from 1', async (archive) => {
    const [first, second, third] = [sampleMany(2, 'a'), sampleMany(1_100, 'b'), sampleMany(1, 'c')];
    await archive.write(pagesOf(first, [], second, third), { encoders: ENCODERS });
    const entries = await entriesOf(archive);
    assert.deepEqual(
      entries.map(({ row }) => row),
      entries.map((_, i) => i + 1),
    );
    assert.deepEqual(await itemsOf(archive), [...first, ...second, ...third]);
  });

  check('an archive without items is one too', async (archive) => {
    await archive.write(pagesOf(), { encoders: ENCODERS });
    assert.deepEqual(await entriesOf(archive), []);
    await using opened = await archive.open();
    assert.deepEqual(opened.encoders, ENCODERS);
  });

  check('texts of all kinds, and numbers with fractions', async (archive) => {
    const texts = ['', 'Größe "M"\r\n\t', '\\ , ; \u2028 👗', 'null', '0', '\u0000'];
    const items = texts.map((title, i) =>
      sampleItem(`it,em "${String(i)}"`, DIMENSIONS, {
        item: { title, price: i / 3, description: title.repeat(1_000) },
        provenance: { source: 'references', filePath: `/data/${title}`, fileMtimeMs: 1.5e12 + i / 8 },
      }),
    );
    await archive.write(pagesOf(items), { encoders: ENCODERS });
    assert.deepEqual(await itemsOf(archive), items);
  });

  check('what is there is replaced only when that is asked for', async (archive) => {
    const [former, latter] = [sampleMany(2, 'former'), sampleMany(1, 'latter')];
    assert.deepEqual(await archive.existing(), []);
    await archive.write(pagesOf(former), { encoders: ENCODERS });
    assert.deepEqual(await archive.existing(), archive.files);
    await assert.rejects(archive.write(pagesOf(latter), { encoders: ENCODERS }), isFatal('USAGE_INVALID'));
    assert.deepEqual(await itemsOf(archive), former);
    await archive.write(pagesOf(latter), { encoders: ENCODERS, overwrite: true });
    assert.deepEqual(await itemsOf(archive), latter);
  });

  check('pages that end in an error leave what was there before', async (archive) => {
    const failure = new Error('gone');
    async function* failing(): AsyncGenerator<EmbeddedItem[]> {
      yield* pagesOf(sampleMany(5));
      throw failure;
    }
    await assert.rejects(archive.write(failing(), { encoders: ENCODERS }), is(failure));
    assert.deepEqual(await archive.existing(), []);
    const former = sampleMany(2);
    await archive.write(pagesOf(former), { encoders: ENCODERS });
    await assert.rejects(archive.write(failing(), { encoders: ENCODERS, overwrite: true }), is(failure));
    assert.deepEqual(await itemsOf(archive), former);
  });

  check('what is not there cannot be opened', async (archive) => {
    await assert.rejects(archive.open(), isFatal('SOURCE_UNREADABLE'));
  });

  check('it can be opened again and again, and left in the middle', async (archive) => {
    const items = sampleMany(1_100);
    await archive.write(pagesOf(items), { encoders: ENCODERS });
    {
      await using opened = await archive.open();
      for await (const { row } of opened.entries(ENCODERS)) if (row === 2) break;
    }
    assert.equal((await itemsOf(archive)).length, items.length);
  });

  check('its rows can be gone through twice', async (archive) => {
    await archive.write(pagesOf(sampleMany(3)), { encoders: ENCODERS });
    await using opened = await archive.open();
    assert.deepEqual(await collect(opened.entries(ENCODERS)), await collect(opened.entries(ENCODERS)));
  });
}
