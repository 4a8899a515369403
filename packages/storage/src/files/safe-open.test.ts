import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { fileExists, liesWithin, readRegularFile, realPathWithin, toFileError } from './safe-open.js';

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'safe-open-')));
});
afterEach(() => rm(folder, { recursive: true }));

const read = (name: string, maxBytes = 1000): Promise<Buffer> =>
  readRegularFile(join(folder, name), { within: [folder], maxBytes });

/** Permissions mean nothing to root, so the call is made as somebody else. */
async function withoutPrivileges<T>(run: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return run();
  process.seteuid?.(65534);
  try {
    return await run();
  } finally {
    process.seteuid?.(0);
  }
}

/** Lets a folder and a link to another one take each other's place, as fast as it can. */
const SWAPS = `
  const { renameSync } = require('node:fs');
  const { workerData: folder } = require('node:worker_threads');
  const [looks, aside, link] = ['looks', 'aside', 'link'].map((name) => folder + '/' + name);
  for (;;) {
    renameSync(looks, aside);
    renameSync(link, looks);
    renameSync(looks, link);
    renameSync(aside, looks);
  }
`;

describe('readRegularFile', () => {
  test('reads a file whole, up to the limit', async () => {
    await writeFile(join(folder, 'a.jpg'), 'x'.repeat(1000));
    expect((await read('a.jpg')).toString()).toBe('x'.repeat(1000));
  });

  test('a file one byte over the limit is IMAGE_TOO_LARGE', async () => {
    await writeFile(join(folder, 'a.jpg'), 'x'.repeat(1001));
    await expect(read('a.jpg')).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' });
  });

  test('an empty file is IMAGE_INVALID', async () => {
    await writeFile(join(folder, 'a.jpg'), '');
    await expect(read('a.jpg')).rejects.toMatchObject({ code: 'IMAGE_INVALID', message: 'the file is empty' });
  });

  test('a file that is gone, or below a file, is IMAGE_MISSING', async () => {
    await writeFile(join(folder, 'file'), 'x');
    for (const name of ['gone.jpg', 'file/a.jpg', `${'x'.repeat(300)}.jpg`]) {
      await expect(read(name)).rejects.toMatchObject({ code: 'IMAGE_MISSING' });
    }
  });

  test('a folder, a named pipe and a socket are IMAGE_UNREADABLE, at once', async () => {
    await mkdir(join(folder, 'folder.jpg'));
    execFileSync('mkfifo', [join(folder, 'pipe.jpg')]);
    const server = createServer().listen(join(folder, 'socket.jpg'));
    try {
      for (const [name, kind] of [
        ['folder.jpg', 'folder'],
        ['pipe.jpg', 'named pipe'],
        ['socket.jpg', 'socket'],
      ] as const) {
        await expect(read(name)).rejects.toMatchObject({
          code: 'IMAGE_UNREADABLE',
          message: expect.stringContaining(kind),
        });
      }
    } finally {
      server.close();
    }
  });

  test('a device is IMAGE_UNREADABLE', async () => {
    await expect(readRegularFile('/dev/zero', { within: undefined, maxBytes: 1000 })).rejects.toMatchObject({
      code: 'IMAGE_UNREADABLE',
      message: 'this is a device, not a file',
    });
  });

  test('a file without permission is IMAGE_UNREADABLE', async () => {
    await chmod(folder, 0o755);
    await writeFile(join(folder, 'a.jpg'), 'x', { mode: 0o000 });
    await withoutPrivileges(() =>
      expect(read('a.jpg')).rejects.toMatchObject({
        code: 'IMAGE_UNREADABLE',
        message: expect.stringMatching(/permission/),
      }),
    );
  });

  test('symbolic links are followed inside the folder, and no further', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'safe-open-outside-'));
    try {
      await writeFile(join(outside, 'a.jpg'), 'outside');
      await writeFile(join(folder, 'real.jpg'), 'inside');
      await symlink('real.jpg', join(folder, 'inside.jpg'));
      await symlink(join(outside, 'a.jpg'), join(folder, 'outside.jpg'));
      await symlink(outside, join(folder, 'outside'));
      await symlink('circle.jpg', join(folder, 'circle.jpg'));

      expect((await read('inside.jpg')).toString()).toBe('inside');
      await expect(read('outside.jpg')).rejects.toMatchObject({ code: 'PATH_FORBIDDEN' });
      await expect(read('outside/a.jpg')).rejects.toMatchObject({ code: 'PATH_FORBIDDEN' });
      await expect(read('circle.jpg')).rejects.toMatchObject({ code: 'IMAGE_UNREADABLE' });
      const anywhere = { within: undefined, maxBytes: 1000 };
      expect((await readRegularFile(join(folder, 'outside.jpg'), anywhere)).toString()).toBe('outside');
    } finally {
      await rm(outside, { recursive: true });
    }
  });

  test('a folder that becomes a link while it is read from lets nothing out', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'safe-open-outside-'));
    await writeFile(join(outside, 'a.jpg'), 'outside');
    await mkdir(join(folder, 'looks'));
    await writeFile(join(folder, 'looks', 'a.jpg'), 'inside');
    await symlink(outside, join(folder, 'link'));
    const swapping = new Worker(SWAPS, { eval: true, workerData: folder });
    try {
      const found: Record<string, number> = {};
      for (let tries = 0; tries < 5_000; tries++) {
        const outcome = await read('looks/a.jpg').then(String, (error: unknown) => toFileError(error).code);
        found[outcome] = (found[outcome] ?? 0) + 1;
      }
      expect(found).toMatchObject({ inside: expect.any(Number), PATH_FORBIDDEN: expect.any(Number) });
      expect(found).not.toHaveProperty('outside');
    } finally {
      await swapping.terminate();
      await rm(outside, { recursive: true });
    }
  });

  test('a path with a NUL in it is PATH_FORBIDDEN', async () => {
    await expect(realPathWithin(`${folder}/a\0.jpg`, undefined)).rejects.toMatchObject({ code: 'PATH_FORBIDDEN' });
  });
});

test('liesWithin compares whole names', () => {
  expect(liesWithin('/data/looks/a.jpg', '/data/looks')).toBe(true);
  expect(liesWithin('/data/looks', '/data/looks')).toBe(true);
  expect(liesWithin('/data/looks-2/a.jpg', '/data/looks')).toBe(false);
  expect(liesWithin('/etc/passwd', '/')).toBe(true);
});

test('fileExists is for files, and true where it cannot be told', async () => {
  await writeFile(join(folder, 'a.jpg'), 'x');
  await mkdir(join(folder, 'closed'), { mode: 0o000 });
  expect(await fileExists(join(folder, 'a.jpg'))).toBe(true);
  expect(await fileExists(join(folder, 'b.jpg'))).toBe(false);
  expect(await fileExists(folder)).toBe(false);
  await chmod(folder, 0o755);
  await withoutPrivileges(async () => {
    expect(await fileExists(join(folder, 'closed', 'a.jpg'))).toBe(true);
  });
});
