import { randomUUID } from 'node:crypto';
import { mkdir, readFile, readlink, realpath, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';

import { z } from 'zod';

import { gitBlobSha1Of, sha256Of } from './file-hash.js';
import { isFile } from '../models/model-folder.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The folder that programs of Hugging Face keep their downloads in, found as they find it. */
export function cacheRoot(env: Environment): string {
  if (env['HF_HUB_CACHE']) return env['HF_HUB_CACHE'];
  const home = env['HF_HOME'] || join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'huggingface');
  return join(home, 'hub');
}

/** One repository's folder in the cache: `models--org--name`. */
export function repositoryFolder(root: string, repository: string): string {
  return join(root, `models--${repository.replaceAll('/', '--')}`);
}

/** Where a file of a commit is, or would be. */
export function snapshotPath(folder: string, commit: string, path: string): string {
  return join(folder, 'snapshots', commit, path);
}

/** The commit that a branch or tag stood for when it was last asked for; `undefined` when it never was. */
export async function readRef(folder: string, revision: string): Promise<string | undefined> {
  const content = await readFile(join(folder, 'refs', revision), 'utf8').catch(() => '');
  return /^[0-9a-f]{40}$/.exec(content.trim())?.[0];
}

export async function writeRef(folder: string, revision: string, commit: string): Promise<void> {
  await mkdir(join(folder, 'refs'), { recursive: true });
  await replaceFile(join(folder, 'refs', revision), commit);
}

/** The hash that the cache itself records for a file: the name of the blob that it links to. */
export async function recordedHash(snapshot: string): Promise<string | undefined> {
  const target = await readlink(snapshot).catch(() => '');
  return /^(?:[0-9a-f]{64}|[0-9a-f]{40})$/.exec(basename(target))?.[0];
}

/** Compares a file's content with its SHA-256 (64 hex digits) or git's SHA-1 of it (40 hex digits). */
export async function contentMatches(path: string, hash: string): Promise<boolean> {
  return hash === (hash.length === 64 ? await sha256Of(path) : await gitBlobSha1Of(path));
}

const verifiedSchema = z.object({ hash: z.string(), size: z.number(), mtimeMs: z.number() });

/**
 * Whether a file holds the content with this hash. A file that was found right once is not read again while its
 * size and time of change stay as they were: 350 MB take most of a second.
 */
export async function isVerified(folder: string, path: string, hash: string): Promise<boolean> {
  const { size, mtimeMs } = await stat(path);
  const known = verifiedSchema.safeParse(await readJson(markerPath(folder, hash)));
  if (known.success && known.data.hash === hash && known.data.size === size && known.data.mtimeMs === mtimeMs)
    return true;
  if (!(await contentMatches(path, hash))) return false;
  await recordVerified(folder, path, hash);
  return true;
}

/** Remembers that the file was found right. A cache that cannot be written to is read in full each time. */
export async function recordVerified(folder: string, path: string, hash: string): Promise<void> {
  const { size, mtimeMs } = await stat(path);
  const marker = markerPath(folder, hash);
  await mkdir(dirname(marker), { recursive: true })
    .then(() => replaceFile(marker, JSON.stringify({ hash, size, mtimeMs })))
    .catch(() => undefined);
}

/** The hash that a file of a commit had when it first came, whatever became of it since; undefined when it never did. */
export async function firstHash(folder: string, commit: string, path: string): Promise<string | undefined> {
  const content = await readFile(firstHashPath(folder, commit, path), 'utf8').catch(() => '');
  return /^(?:[0-9a-f]{64}|[0-9a-f]{40})$/.exec(content)?.[0];
}

/** Remembers it, if it is the first. @throws Error when the cache cannot be written to. */
export async function recordFirstHash(folder: string, commit: string, path: string, hash: string): Promise<void> {
  if ((await firstHash(folder, commit, path)) !== undefined) return;
  const file = firstHashPath(folder, commit, path);
  await mkdir(dirname(file), { recursive: true });
  await replaceFile(file, hash);
}

function firstHashPath(folder: string, commit: string, path: string): string {
  return join(folder, '.fashionmatch', 'first', commit, `${path}.hash`);
}

/**
 * Takes a file into the cache: the content under its hash in `blobs`, and a link to it in the commit's snapshot.
 *
 * @param part The complete and verified file; it is moved.
 */
export async function addToCache(folder: string, snapshot: string, part: string, hash: string): Promise<void> {
  const blob = join(folder, 'blobs', hash);
  await rename(part, blob);
  await mkdir(dirname(snapshot), { recursive: true });
  await rm(snapshot, { force: true });
  // Windows wants a privilege for links; the Python library moves the file there as well.
  await symlink(relative(dirname(snapshot), blob), snapshot).catch(() => rename(blob, snapshot));
}

/** Puts a file with the wrong content out of the way, and keeps it for a look: one of each name. */
export async function quarantine(snapshot: string): Promise<string> {
  const file = await realpath(snapshot);
  const aside = `${file}.corrupt`;
  await rename(file, aside);
  await rm(snapshot, { force: true });
  return aside;
}

function markerPath(folder: string, hash: string): string {
  return join(folder, '.fashionmatch', `${hash}.json`);
}

async function readJson(path: string): Promise<unknown> {
  if (!(await isFile(path))) return undefined;
  try {
    const content: unknown = JSON.parse(await readFile(path, 'utf8'));
    return content;
  } catch {
    return undefined;
  }
}

/** A reader sees the old content or the new, never a part. */
async function replaceFile(path: string, content: string): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, content);
  await rename(draft, path);
}
