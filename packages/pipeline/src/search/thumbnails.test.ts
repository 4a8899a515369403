import { ItemError, type StoredItem } from '@fashionmatch/domain';
import { sampleItem } from '@fashionmatch/domain/testing';
import { expect, test } from '@jest/globals';

import { sha256Of } from '../embedding/content-hash.js';
import { Thumbnails, type DrawThumbnail } from './thumbnails.js';

const bytes = new TextEncoder().encode('a photograph');

/** Draws whatever it reads, and remembers what was asked for. */
function setUp(draw: DrawThumbnail = (image) => Promise.resolve(image)) {
  const read: string[] = [];
  const sources = {
    readImage: (path: string): Promise<Uint8Array> => {
      read.push(path);
      return Promise.resolve(bytes);
    },
  };
  return { thumbnails: new Thumbnails({ sources, draw, concurrency: 2 }), read };
}

function stored(filePath: string, contentSha256: string): StoredItem {
  const { item, provenance } = sampleItem('a', { clip: 4, dino: 4 });
  return { item, provenance: { ...provenance, filePath, contentSha256 } };
}

test('of a stored item shows the file that was embedded', async () => {
  const { thumbnails } = setUp();
  expect(await thumbnails.ofItem(stored('/photos/a.jpg', await sha256Of(bytes)))).toEqual(bytes);
});

test('of a stored item can be a square', async () => {
  const asked: unknown[] = [];
  const { thumbnails } = setUp((image, square) => {
    asked.push(square);
    return Promise.resolve(image);
  });
  const square = { edge: 7, format: 'rgba' } as const;
  await thumbnails.ofItem(stored('/photos/a.jpg', await sha256Of(bytes)), square);
  expect(asked).toEqual([square]);
});

test.each(['', '0'.repeat(64)])('of a stored item shows no file with other content: %p', async (hash) => {
  await expect(setUp().thumbnails.ofItem(stored('/home/me/passport.jpg', hash))).rejects.toBeInstanceOf(ItemError);
});

test.each(['//server/share/a.jpg', '\\\\server\\share\\a.jpg'])(
  'of a stored item asks no other machine: %s',
  async (path) => {
    const { thumbnails, read } = setUp();
    const item = stored(path, await sha256Of(bytes));
    await expect(thumbnails.ofItem(item)).rejects.toMatchObject({ code: 'PATH_FORBIDDEN' });
    expect(read).toEqual([]);
  },
);

test('are drawn a few at a time, whatever fails', async () => {
  let [running, most] = [0, 0];
  const { thumbnails } = setUp(async (image) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (running-- === 1) throw new ItemError('IMAGE_INVALID', 'no picture');
    return image;
  });
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => thumbnails.ofFile(`/${String(i)}`)));
  expect(outcomes).toHaveLength(20);
  expect(most).toBe(2);
});
