import { execFileSync } from 'node:child_process';
import { chmod, link, mkdir, mkdtemp, realpath, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { FashionMatchError, LeftOutTally, leftOutText, type ItemSource, type SourceEntry } from '@fashionmatch/domain';
import { itemSourceContract } from '@fashionmatch/domain/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { referenceFolder, referenceId, type ReferenceFolderOptions } from './reference-folder.js';

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'reference-folder-')));
});
afterEach(() => rm(folder, { recursive: true }));

function open(options: Partial<ReferenceFolderOptions> = {}): ItemSource {
  return referenceFolder({ directory: folder, maxFileBytes: 1000, ...options });
}

async function write(...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), name);
  }
}

/** What is passed over, in words. */
async function leftOutOf(source = open()): Promise<string> {
  const tally = new LeftOutTally();
  for await (const entry of source.list(tally.add)) expect(entry).toBeDefined();
  return leftOutText(tally.counts);
}

/** Of files that `write` wrote: those with `photo` in the name. */
const isImage = (start: Uint8Array): boolean => Buffer.from(start).toString().includes('photo');

async function list(source = open()): Promise<SourceEntry[]> {
  const entries: SourceEntry[] = [];
  for await (const entry of source.list()) entries.push(entry);
  return entries;
}

/** The paths that are listed, relative to the folder; those of faults with their codes. */
async function listNames(source = open()): Promise<string[]> {
  return (await list(source)).map((entry) =>
    entry.kind === 'item'
      ? relative(folder, entry.file.path)
      : `${relative(folder, entry.failure.path)} ${entry.failure.code}`,
  );
}

itemSourceContract(test, async (images) => {
  for (const [i, bytes] of images.entries()) await writeFile(join(folder, `${String(i)}.jpg`), bytes);
  return { source: open(), vanish: (item) => rm(item.file.path) };
});

describe('listing', () => {
  test('takes every image extension in any case, in subfolders too, in a fixed order', async () => {
    await write(
      'b.JPG',
      'a.jpeg',
      'z.png',
      'c.WebP',
      'd.avif',
      'e.gif',
      'f.tif',
      'g.TIFF',
      'sub/deep/h.jpg',
      'sub/a.jpg',
    );
    await write('h.jfif', 'i.JPE', 'j.heic', 'k.HEIF', 'l.HIF');
    await write('note.txt', 'jpg', 'x.jpg.part', 'z.svg');
    expect(await listNames()).toEqual([
      'a.jpeg',
      'b.JPG',
      'c.WebP',
      'd.avif',
      'e.gif',
      'f.tif',
      'g.TIFF',
      'h.jfif',
      'i.JPE',
      'j.heic',
      'k.HEIF',
      'l.HIF',
      'z.png',
      'sub/a.jpg',
      'sub/deep/h.jpg',
    ]);
  });

  test('leaves out hidden files and folders, unless they are asked for', async () => {
    await write('.hidden.jpg', '._a.jpg', '.git/a.jpg', 'a.jpg');
    expect(await listNames()).toEqual(['a.jpg']);
    expect(await leftOutOf()).toBe('2 .jpg (hidden), 1 folder (hidden)');
    const all = open({ names: { includeHidden: true, ignore: ['._*'] } });
    expect(await listNames(all)).toEqual(['.hidden.jpg', 'a.jpg', '.git/a.jpg']);
    expect(await leftOutOf(all)).toBe('1 .jpg (ignored)');
  });

  test('looks into files whose name does not tell what they are, and into no others', async () => {
    await write('photo', 'photo 1.5', 'photo.jpg!large', 'photo.jpg?w=800', 'photo.JPG_large', 'sub.d/photo');
    await write('notes', 'notes.jpg.json', 'photo.txt', 'photo.mp4', 'empty');
    await writeFile(join(folder, 'empty'), '');
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    expect(await listNames(open({ isImage }))).toEqual([
      ...['photo', 'photo 1.5', 'photo.JPG_large', 'photo.jpg!large', 'photo.jpg?w=800', 'sub.d/photo'],
    ]);
    expect(await leftOutOf(open({ isImage }))).toBe(
      '2 without extension (not an image), 1 .json (not an image), 1 .mp4 (not an image), ' +
        '1 .txt (not an image), 1 without extension (unreadable)',
    );
    expect(await listNames()).toEqual([]);
  });

  test('counts everything that it does not list, by extension and reason', async () => {
    await write('a.jpg', 'b.txt', 'c.TXT', 'd.svg', '@eaDir/a.jpg', 'THUMBS.DB', 'drafts/a.jpg', 'drafts/b.jpg');
    const names = { ignore: ['@eaDir', 'Thumbs.db'], exclude: ['drafts/'] };
    expect(await listNames(open({ names }))).toEqual(['a.jpg']);
    expect(await leftOutOf(open({ names }))).toBe(
      '2 .txt (not an image), 1 folder (ignored), 1 .db (ignored), 1 folder (excluded), 1 .svg (not an image)',
    );
  });

  test('a pattern with a slash is for paths below the folder, by whatever links they are found', async () => {
    await write('raw/a.jpg', 'keep/raw/b.jpg', 'keep/c.jpg', 'keep/d_x.jpg', 'e_x.jpg');
    await symlink('raw', join(folder, 'also'));
    const listed = (...exclude: string[]): Promise<string[]> => listNames(open({ names: { exclude } }));
    expect(await listed('raw')).toEqual(['e_x.jpg', 'raw/a.jpg', 'keep/c.jpg', 'keep/d_x.jpg']);
    expect(await listed('/raw', 'also')).toEqual(['e_x.jpg', 'keep/c.jpg', 'keep/d_x.jpg', 'keep/raw/b.jpg']);
    expect(await listed('keep/*_x.*', '**/raw/**')).toEqual(['e_x.jpg', 'keep/c.jpg']);
    expect(await listed('*_{x,y}.jpg', 'raw/a.*')).toEqual(['keep/c.jpg', 'keep/raw/b.jpg']);
  });

  test('describes an image by its file', async () => {
    await write('sub/Été 100% #1?.jpg');
    const path = join(folder, 'sub/Été 100% #1?.jpg');
    await utimes(path, 1, new Date('2026-01-31T09:45:01.123Z'));
    const [entry] = await list();
    if (entry?.kind !== 'item') throw new Error('not an item');
    expect(entry).toMatchObject({
      source: 'references',
      itemId: 'ref_Été 100% #1?_20260131T094501123Z',
      recognisedBy: 'path',
      metadata: {
        title: 'Été 100% #1?.jpg',
        price: 0,
        currency: 'EUR',
        localImagePath: path,
        scrapedAt: '2026-01-31T09:45:01.123Z',
      },
      file: {
        path,
        size: Buffer.byteLength('sub/Été 100% #1?.jpg'),
        mtimeMs: Date.parse('2026-01-31T09:45:01.123Z'),
      },
    });
    expect(entry.metadata.url).toBe(entry.metadata.imageUrl);
    expect(fileURLToPath(entry.metadata.url)).toBe(path);
  });

  test('names what has the name of an image and is none, and goes on', async () => {
    await write('a.jpg', 'z.jpg');
    await mkdir(join(folder, 'folder.jpg'));
    execFileSync('mkfifo', [join(folder, 'pipe.png')]);
    await symlink('nowhere.jpg', join(folder, 'dangling.jpg'));
    await symlink('pipe.png', join(folder, 'link-to-pipe.jpg'));
    expect(await listNames()).toEqual([
      'a.jpg',
      'dangling.jpg IMAGE_MISSING',
      'folder.jpg IMAGE_UNREADABLE',
      'link-to-pipe.jpg IMAGE_UNREADABLE',
      'pipe.png IMAGE_UNREADABLE',
      'z.jpg',
    ]);
    const fault = (await list()).find((entry) => entry.kind === 'fault' && entry.failure.itemId === 'ref_folder');
    expect(fault).toEqual({
      kind: 'fault',
      failure: {
        itemId: 'ref_folder',
        source: 'references',
        stage: 'discover',
        code: 'IMAGE_UNREADABLE',
        reason: 'this is a folder, not a file',
        path: join(folder, 'folder.jpg'),
      },
    });
  });

  test('names a subfolder that it may not read, and goes on', async () => {
    await write('closed/a.jpg', 'open/b.jpg');
    await chmod(join(folder, 'closed'), 0o000);
    await chmod(folder, 0o755);
    const asRoot = process.geteuid?.() === 0;
    if (asRoot) process.seteuid?.(65534);
    try {
      expect(await listNames()).toEqual(['closed IMAGE_UNREADABLE', 'open/b.jpg']);
    } finally {
      if (asRoot) process.seteuid?.(0);
      await chmod(join(folder, 'closed'), 0o755);
    }
  });

  test('names a file whose name is no UTF-8', async () => {
    await writeFile(Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9]), Buffer.from('.jpg')]), 'x');
    const [entry] = await list();
    expect(entry).toMatchObject({
      kind: 'fault',
      failure: { code: 'IMAGE_UNREADABLE', reason: expect.stringMatching(/no valid UTF-8/) },
    });
  });

  test.each(['missing', 'file.txt'])('a folder that is none (%s) is SOURCE_UNREADABLE', async (name) => {
    await write('file.txt');
    const error: unknown = await list(open({ directory: join(folder, name) })).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(FashionMatchError);
    expect(error).toMatchObject({ code: 'SOURCE_UNREADABLE', message: expect.stringContaining(join(folder, name)) });
  });
});

describe('symbolic links', () => {
  test('a file is listed once, by its real path, however many links lead to it', async () => {
    await write('a.jpg', '.store/hidden', 'sub/b.jpg');
    await symlink('a.jpg', join(folder, '0.jpg'));
    await symlink('sub', join(folder, 'again'));
    await symlink('.store/hidden', join(folder, 'first.jpg'));
    await symlink('.store/hidden', join(folder, 'second.jpg'));
    expect(await listNames()).toEqual(['a.jpg', 'sub/b.jpg', '.store/hidden']);
  });

  test('a link with the name of an image leads to a file without one, which is listed once', async () => {
    await write('blobs/photo', 'blobs/other');
    await symlink('blobs/photo', join(folder, 'a.jpg'));
    await symlink('blobs/other', join(folder, 'b.jpg'));
    expect(await listNames(open({ isImage }))).toEqual(['blobs/photo', 'blobs/other']);
    expect(await listNames()).toEqual(['blobs/photo', 'blobs/other']);
  });

  test('circles end', async () => {
    await write('sub/a.jpg');
    await symlink('..', join(folder, 'sub/up'));
    await symlink('.', join(folder, 'self'));
    expect(await listNames()).toEqual(['sub/a.jpg']);
  });

  test('those that lead out are left out, unless they are allowed', async () => {
    const outside = await realpath(await mkdtemp(join(tmpdir(), 'reference-outside-')));
    try {
      await mkdir(join(outside, 'sub'));
      await writeFile(join(outside, 'b.jpg'), 'x');
      await writeFile(join(outside, 'sub/c.jpg'), 'x');
      await write('a.jpg');
      await symlink(join(outside, 'b.jpg'), join(folder, 'link.jpg'));
      await symlink(join(outside, 'sub'), join(folder, 'sub'));

      expect(await listNames()).toEqual(['a.jpg']);
      expect(await leftOutOf()).toBe('1 .jpg (leads outside), 1 without extension (leads outside)');

      const free = open({ allowOutsidePaths: true });
      const entries = await list(free);
      expect(entries.map((entry) => entry.kind === 'item' && basename(entry.file.path))).toEqual([
        'a.jpg',
        'c.jpg',
        'b.jpg',
      ]);
      for (const entry of entries)
        if (entry.kind === 'item') expect((await free.read(entry)).length).toBeGreaterThan(0);
    } finally {
      await rm(outside, { recursive: true });
    }
  });

  test('a file that becomes a link out of the folder after it was listed is PATH_FORBIDDEN', async () => {
    await write('a.jpg');
    const source = open();
    const [entry] = await list(source);
    if (entry?.kind !== 'item') throw new Error('not an item');
    await rm(join(folder, 'a.jpg'));
    await symlink('/etc/hostname', join(folder, 'a.jpg'));
    await expect(source.read(entry)).rejects.toMatchObject({ code: 'PATH_FORBIDDEN' });
  });

  test('the folder itself may be one, and hard links are files of their own', async () => {
    await write('real/a.jpg');
    await link(join(folder, 'real/a.jpg'), join(folder, 'real/b.jpg'));
    await symlink('real', join(folder, 'alias'));
    expect(await listNames(open({ directory: join(folder, 'alias') }))).toEqual(['real/a.jpg', 'real/b.jpg']);
  });
});

describe('referenceId', () => {
  const mtimeMs = Date.parse('2026-01-31T09:45:01.123Z') + 0.25;

  test('is the stem and the time in UTC', () => {
    expect(referenceId({ path: '/data/look.final.jpg', mtimeMs })).toBe('ref_look.final_20260131T094501123Z');
  });

  test('has no character that could not be shown, and is bounded', () => {
    expect(referenceId({ path: '/a\u001b[31m\u202e\ud800.jpg', mtimeMs })).toBe('ref_a_[31m___20260131T094501123Z');
    expect(referenceId({ path: `/${'👗'.repeat(300)}.jpg`, mtimeMs })).toBe(
      `ref_${'👗'.repeat(200)}_20260131T094501123Z`,
    );
  });

  test('takes times that no date can hold', () => {
    expect(referenceId({ path: '/a.jpg', mtimeMs: 1e20 })).toBe('ref_a_+2757600913T000000000Z');
  });
});
