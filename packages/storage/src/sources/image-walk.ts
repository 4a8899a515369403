import type { Dirent } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';

import { ItemError, type ImageFile, type LeftOut, type LeftOutReason, type OnLeftOut } from '@fashionmatch/domain';

import { liesWithin, notAFile, realPathWithin, toFileError, type AllowedFolders } from '../files/safe-open.js';
import { beginsAsImage, byName, type IsImage } from './image-names.js';
import type { PassedOver } from './name-rules.js';

/** An image file, with the name under which it was found: that of a symbolic link may differ from its file's. */
export interface FoundImage {
  readonly kind: 'image';
  readonly name: string;
  readonly file: ImageFile;
}

/** What has the name of an image and is none, or a folder that cannot be listed. */
export interface UnusablePath {
  readonly kind: 'unusable';
  readonly path: string;
  readonly error: ItemError;
}

export interface ImageWalkOptions {
  /** Symbolic links out of these are left out. */
  readonly within: AllowedFolders;
  readonly passedOver: PassedOver;
  readonly isImage: IsImage;
  readonly onLeftOut: OnLeftOut;
}

/** Enough to keep libuv's threads busy; more gains nothing. */
const EXAMINED_AT_ONCE = 64;

/** A folder, and the path of its entries below the root; that of the link to it where it lies elsewhere. */
interface FoundFolder {
  readonly kind: 'folder';
  readonly path: string;
  /** With slashes, and a last one; `''` for the root. */
  readonly prefix: string;
}

/** A symbolic link to a file. */
interface Link {
  readonly kind: 'link';
  readonly path: string;
  readonly name: string;
  readonly target: string;
}

interface PassedBy {
  readonly kind: 'left-out';
  readonly leftOut: LeftOut;
}

/**
 * Every image file below a folder, once, by its real path: the files of a folder before its subfolders,
 * by name, and last the files that only symbolic links lead to.
 *
 * Memory grows with the entries of the largest folder, the number of folders and the number of
 * symbolic links, not with the number of files.
 *
 * @param root A real path.
 */
export async function* walkImages(root: string, options: ImageWalkOptions): AsyncGenerator<FoundImage | UnusablePath> {
  const { passedOver, onLeftOut } = options;
  const visited = new Map([[root, '']]);
  const pending: FoundFolder[] = [{ kind: 'folder', path: root, prefix: '' }];
  const links: Link[] = [];

  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    const { path, prefix } = folder;
    let entries: Dirent[];
    try {
      entries = await readdir(path, { withFileTypes: true });
    } catch (cause) {
      yield { kind: 'unusable', path, error: toFileError(cause) };
      continue;
    }
    const wanted = entries.sort(inOrder).filter((entry) => {
      const reason = passedOver(prefix + entry.name);
      if (reason) onLeftOut({ path: join(path, entry.name), kind: entry.isDirectory() ? 'folder' : 'file', reason });
      return reason === undefined;
    });
    const subfolders: FoundFolder[] = [];
    for (let start = 0; start < wanted.length; start += EXAMINED_AT_ONCE) {
      const some = wanted.slice(start, start + EXAMINED_AT_ONCE);
      for (const found of await Promise.all(some.map((entry) => examine(folder, entry, { ...options, root })))) {
        if (found.kind === 'link') links.push(found);
        else if (found.kind === 'left-out') onLeftOut(found.leftOut);
        else if (found.kind !== 'folder') yield found;
        else if (!visited.has(found.path)) {
          visited.set(found.path, found.prefix);
          subfolders.push(found);
        }
      }
    }
    pending.push(...subfolders.reverse());
  }

  // Only now is it known which of their targets the folders themselves have shown.
  for (const { target, name, path } of new Map(links.map((link) => [link.target, link])).values()) {
    const prefix = visited.get(dirname(target));
    const own = basename(target);
    const isSeen = prefix !== undefined && passedOver(prefix + own) === undefined;
    if (isSeen && (await look(target, own, options)).kind !== 'left-out') continue;
    const found = await look(target, name, options, path);
    if (found.kind === 'left-out') onLeftOut(found.leftOut);
    else yield found;
  }
}

async function examine(
  { path: folder, prefix }: FoundFolder,
  entry: Dirent,
  options: ImageWalkOptions & { readonly root: string },
): Promise<FoundImage | UnusablePath | Link | FoundFolder | PassedBy> {
  const { name } = entry;
  const path = join(folder, name);
  if (!entry.isSymbolicLink()) {
    if (!entry.isDirectory() || byName(name) === 'image') return look(path, name, options);
    return { kind: 'folder', path, prefix: `${prefix}${name}/` };
  }
  try {
    const target = await realPathWithin(path, options.within);
    const there = await stat(target);
    if (there.isDirectory()) {
      const below = liesWithin(target, options.root) ? slashed(relative(options.root, target)) : prefix + name;
      return { kind: 'folder', path: target, prefix: `${below}/` };
    }
    if (there.isFile() && byName(name) !== 'other') return { kind: 'link', path, name, target };
    return await look(target, name, options, path);
  } catch (cause) {
    const error = toFileError(cause);
    if (error.code === 'PATH_FORBIDDEN') return leftOut(path, 'leads_outside');
    return byName(name) === 'image' ? { kind: 'unusable', path, error } : leftOut(path, 'unreadable');
  }
}

/**
 * What a path leads to, by a name, and by its first bytes where the name does not tell.
 *
 * @param foundAt What is reported when it is no image.
 */
async function look(
  path: string,
  name: string,
  { within, isImage }: ImageWalkOptions,
  foundAt = path,
): Promise<FoundImage | UnusablePath | PassedBy> {
  const sign = byName(name);
  if (sign === 'other') return leftOut(foundAt, 'not_an_image');
  try {
    const found = await lstat(path);
    if (!found.isFile()) throw notAFile(found);
    if (sign === 'unclear' && !(await beginsAsImage(path, within, isImage))) return leftOut(foundAt, 'not_an_image');
    return { kind: 'image', name, file: { path, size: found.size, mtimeMs: Math.round(found.mtimeMs) } };
  } catch (cause) {
    if (sign === 'unclear') return leftOut(foundAt, 'unreadable');
    // Node reads bytes that are no UTF-8 as this character, and such a name leads to no file.
    const error = name.includes('\uFFFD')
      ? new ItemError('IMAGE_UNREADABLE', 'its name is no valid UTF-8: rename it', { cause })
      : toFileError(cause);
    return { kind: 'unusable', path: foundAt, error };
  }
}

function slashed(path: string): string {
  return path.replaceAll(sep, '/');
}

function leftOut(path: string, reason: LeftOutReason): PassedBy {
  return { kind: 'left-out', leftOut: { path, kind: 'file', reason } };
}

/** By UTF-16 code units, so that no locale changes the order. */
function inOrder(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
