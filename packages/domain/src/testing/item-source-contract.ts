import assert from 'node:assert/strict';

import { ITEM_SOURCES } from '../fashion-item.js';
import { ItemError } from '../errors.js';
import type { ItemSource, SourceEntry, SourceItem } from '../ports/item-source.js';
import { collect, withOpened, type DeclareTest, type Open } from './contract.js';

export interface ItemSourceUnderTest {
  readonly source: ItemSource;
  /** Takes the item's image away, as if its file had been deleted. */
  readonly vanish: (item: SourceItem) => Promise<void>;
}

const IMAGES = ['first image', 'second image', 'third image'].map((text) => new TextEncoder().encode(text));

/** Without what makes two equal entries two. */
const asData = (entry: SourceEntry): object => ({ ...entry, next: undefined });

/** What every {@link ItemSource} guarantees. `open` gives a source that lists exactly these images, without faults. */
export function itemSourceContract(test: DeclareTest, open: Open<ItemSourceUnderTest, readonly Uint8Array[]>): void {
  const check = (
    name: string,
    run: (subject: ItemSourceUnderTest, items: SourceItem[]) => Promise<void>,
    images: readonly Uint8Array[] = IMAGES,
  ): unknown =>
    test(`item source: ${name}`, () =>
      withOpened(open(images), async (subject) => {
        const entries = await collect(subject.source.list());
        await run(
          subject,
          entries.map((entry) => {
            assert.ok(entry.kind === 'item', JSON.stringify(entry));
            return entry;
          }),
        );
      }));

  check('lists every image, and reads its bytes', async ({ source }, items) => {
    const read = await Promise.all(items.map(async (item) => Buffer.from(await source.read(item)).toString()));
    assert.deepEqual(read.sort(), ['first image', 'second image', 'third image']);
  });

  check(
    'may list nothing',
    (_, items) => {
      assert.deepEqual(items, []);
      return Promise.resolve();
    },
    [],
  );

  check('lists the same a second time', async ({ source }, items) => {
    assert.deepEqual((await collect(source.list())).map(asData), items.map(asData));
  });

  check('a listing can be left early, and begun again', async ({ source }, items) => {
    for await (const entry of source.list()) {
      assert.ok(entry);
      break;
    }
    assert.deepEqual((await collect(source.list())).map(asData), items.map(asData));
  });

  check('says where items come from, and what their files are', async ({ source }, items) => {
    assert.ok(ITEM_SOURCES.includes(source.name));
    for (const item of items) {
      assert.equal(item.source, source.name);
      assert.equal(item.file.size, (await source.read(item)).length);
      assert.ok(item.file.path.startsWith('/') || /^[A-Za-z]:/.test(item.file.path));
      assert.ok(item.file.mtimeMs > 0);
      assert.ok(item.itemId.length > 0);
      assert.ok(item.metadata.title.length > 0);
      assert.ok(item.metadata.price >= 0);
    }
  });

  check('an item says each time the same of the image that comes next, if there is one', async (_, items) => {
    for (const item of items) {
      const next = await item.next?.();
      assert.equal(await item.next?.(), next);
      if (next === undefined) continue;
      assert.equal(next.itemId, item.itemId);
      assert.notEqual(next.file.path, item.file.path);
    }
  });

  check('paths are different', (_, items) => {
    assert.equal(new Set(items.map((item) => item.file.path)).size, items.length);
    return Promise.resolve();
  });

  check('an image that has gone since it was listed is IMAGE_MISSING', async ({ source, vanish }, items) => {
    const [gone, ...others] = items;
    assert.ok(gone);
    assert.equal(await source.exists(gone.file.path), true);
    await vanish(gone);
    assert.equal(await source.exists(gone.file.path), false);
    await assert.rejects(source.read(gone), (error) => {
      assert.ok(error instanceof ItemError, String(error));
      assert.equal(error.code, 'IMAGE_MISSING');
      return true;
    });
    for (const item of others) assert.ok((await source.read(item)).length > 0);
  });
}
