import type { Dirent } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { ItemError, type ImageFile } from '@fashionmatch/domain';

import { notAFile, realPathWithin, toFileError, type AllowedFolders } from '../files/safe-open.js';

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
  /** Symbolic links out of these are left out, and reported to `onOutsideLink`. */
  readonly within: AllowedFolders;
  readonly onOutsideLink: (path: string) => void;
}

/** Enough to keep libuv's threads busy; more gains nothing. */
const EXAMINED_AT_ONCE = 64;

/**
 * Every image file below a folder, once, by its real path: the files of a folder before its subfolders,
 * by name, and last the files that only symbolic links lead to. Hidden names are left out.
 *
 * Memory grows with the entries of the largest folder, the number of folders and the number of
 * symbolic links, not with the number of files.
 *
 * @param root A real path.
 */
export async function* walkImages(
  root: string,
  { within, onOutsideLink }: ImageWalkOptions,
): AsyncGenerator<FoundImage | UnusablePath> {
  const visited = new Set([root]);
  const pending = [root];
  const links: Link[] = [];

  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    let entries: Dirent[];
    try {
      entries = await readdir(folder, { withFileTypes: true });
    } catch (cause) {
      yield { kind: 'unusable', path: folder, error: toFileError(cause) };
      continue;
    }
    const shown = entries.filter(({ name }) => !isHidden(name)).sort(byName);
    const subfolders: string[] = [];
    for (let start = 0; start < shown.length; start += EXAMINED_AT_ONCE) {
      const some = shown.slice(start, start + EXAMINED_AT_ONCE);
      for (const found of await Promise.all(some.map((entry) => examine(join(folder, entry.name), entry, within)))) {
        if (found?.kind === 'image' || found?.kind === 'unusable') yield found;
        else if (found?.kind === 'link') links.push(found);
        else if (found?.kind === 'outside') onOutsideLink(found.path);
        else if (found?.kind === 'folder' && !visited.has(found.path)) {
          visited.add(found.path);
          subfolders.push(found.path);
        }
      }
    }
    for (const path of subfolders.reverse()) pending.push(path);
  }

  // Only now is it known which of their targets the folders themselves have shown.
  const targets = new Map(links.map(({ target, name }) => [target, name]));
  for (const [target, name] of targets) {
    const own = basename(target);
    const listed = visited.has(dirname(target)) && hasImageName(own) && !isHidden(own);
    if (!listed) yield await inspect(target, name);
  }
}

/** A symbolic link to a file. */
interface Link {
  readonly kind: 'link';
  readonly name: string;
  readonly target: string;
}

interface FolderOrOutside {
  readonly kind: 'folder' | 'outside';
  readonly path: string;
}

async function examine(
  path: string,
  entry: Dirent,
  within: AllowedFolders,
): Promise<FoundImage | UnusablePath | Link | FolderOrOutside | undefined> {
  const { name } = entry;
  if (!entry.isSymbolicLink()) {
    if (entry.isDirectory() && !hasImageName(name)) return { kind: 'folder', path };
    return hasImageName(name) ? inspect(path) : undefined;
  }
  try {
    const target = await realPathWithin(path, within);
    const found = await stat(target);
    if (found.isDirectory()) return { kind: 'folder', path: target };
    if (!hasImageName(name)) return undefined;
    return found.isFile() ? { kind: 'link', name, target } : { kind: 'unusable', path, error: notAFile(found) };
  } catch (cause) {
    const error = toFileError(cause);
    if (error.code === 'PATH_FORBIDDEN') return { kind: 'outside', path };
    return hasImageName(name) ? { kind: 'unusable', path, error } : undefined;
  }
}

async function inspect(path: string, name = basename(path)): Promise<FoundImage | UnusablePath> {
  try {
    const found = await lstat(path);
    if (!found.isFile()) return { kind: 'unusable', path, error: notAFile(found) };
    return { kind: 'image', name, file: { path, size: found.size, mtimeMs: Math.round(found.mtimeMs) } };
  } catch (cause) {
    // Node reads bytes that are no UTF-8 as this character, and such a name leads to no file.
    const error = name.includes('\uFFFD')
      ? new ItemError('IMAGE_UNREADABLE', 'its name is no valid UTF-8: rename it', { cause })
      : toFileError(cause);
    return { kind: 'unusable', path, error };
  }
}

function hasImageName(name: string): boolean {
  return /\.(jpe?g|png|webp|avif|gif|tiff?)$/i.test(name);
}

function isHidden(name: string): boolean {
  return name.startsWith('.');
}

/** By UTF-16 code units, so that no locale changes the order. */
function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
