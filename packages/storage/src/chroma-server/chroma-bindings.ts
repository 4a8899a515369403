import { createHash } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  futimesSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { patchForOlderGlibc } from './glibc-patch.js';

/** The whole of what Chroma's native binding offers: its command line, which blocks the thread until it ends. */
export interface ChromaBindings {
  readonly cli: (argv: readonly string[]) => void;
}

export interface LoadedBindings {
  readonly bindings: ChromaBindings;
  /** The file that was loaded in place of the original; undefined when the original loads here. */
  readonly patchedFile: string | undefined;
}

/**
 * SHA-256 of the bindings that may be patched, and of what the patch must make of them:
 * chromadb-js-bindings-linux-x64-gnu 1.3.4.
 */
const PATCHABLE = new Map([
  [
    'b770770984cef8bbc3ee7738f290baefaed5359acda23dea5c5f6f7307860063',
    'fa46d608ea77f8df635da51468412737415501b544897c2b0b842d37a8abddbc',
  ],
]);

/** Begins the line of the server's log that names the patched copy. */
export const PATCHED_NOTE = 'Loaded from a patched copy: ';

const ABI_SUFFIX: ReadonlyMap<string, string> = new Map([
  ['linux', '-gnu'],
  ['win32', '-msvc'],
]);

const OTHER_WAY = 'use a newer system, or a Chroma server elsewhere through database.host';

/**
 * Loads the Chroma server that comes with the `chromadb` package. It is built for glibc 2.38; where
 * the C library is older, and only then, a copy in `cacheDirectory` that asks for less is loaded.
 *
 * @throws Error with one sentence, when this system cannot load it.
 */
export function loadBindings(cacheDirectory: string): LoadedBindings {
  const file = locateBindings();
  try {
    return { bindings: load(file), patchedFile: undefined };
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    if (!reason.includes("version `GLIBC_2.38' not found")) {
      throw new Error(`Chroma's server cannot be loaded (${reason}): ${OTHER_WAY}`, { cause: thrown });
    }
  }
  const patchedFile = ensurePatchedCopy(file, cacheDirectory);
  return { bindings: load(patchedFile), patchedFile };
}

/**
 * Path of the patched copy of `original`, written when it is not there or not intact. Several
 * processes may do so at once: each writes a file of its own and renames it into place.
 *
 * @throws Error when `original` is not a file that is known to be patchable.
 */
export function ensurePatchedCopy(original: string, cacheDirectory: string): string {
  const copyOf = (hash: string): string => join(cacheDirectory, `chroma-bindings-${hash.slice(0, 16)}.node`);
  const { size, mtimeMs } = statSync(original);
  const seconds = Math.floor(mtimeMs / 1_000);
  // The patch keeps the size, and a copy gets its original's time: to hash both would take longer than all else here.
  for (const copy of [...PATCHABLE.values()].map(copyOf)) {
    const stats = statSync(copy, { throwIfNoEntry: false });
    if (stats?.size === size && Math.floor(stats.mtimeMs / 1_000) === seconds) return copy;
  }
  const bytes = readFileSync(original);
  const expected = PATCHABLE.get(sha256(bytes));
  if (expected === undefined) {
    throw new Error(`Chroma's server needs glibc 2.38, and this build of it is not known: ${OTHER_WAY}`);
  }
  const copy = copyOf(expected);

  const patched = patchForOlderGlibc(bytes);
  if (sha256(patched) !== expected) throw new Error(`The patch of ${original} came out wrong: ${OTHER_WAY}`);
  const temporary = `${copy}.${String(process.pid)}.part`;
  try {
    mkdirSync(cacheDirectory, { recursive: true, mode: 0o700 });
    writeWhole(temporary, patched, seconds);
    renameSync(temporary, copy);
  } catch (thrown) {
    const uid = String(process.getuid?.());
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new Error(
      `Error: a copy of Chroma's server has to be kept in ${cacheDirectory}, which uid ${uid} may not write (${reason}): set XDG_CACHE_HOME to a folder that it may write to`,
      { cause: thrown },
    );
  } finally {
    rmSync(temporary, { force: true });
  }
  return copy;
}

/** Path of the native file for this system. @throws Error when there is none. */
export function locateBindings(): string {
  const name = `chromadb-js-bindings-${process.platform}-${process.arch}${ABI_SUFFIX.get(process.platform) ?? ''}`;
  try {
    // Resolved from chromadb, whose dependency it is.
    const chromadb = createRequire(import.meta.url).resolve('chromadb');
    const manifest = createRequire(chromadb).resolve(`${name}/package.json`);
    return join(dirname(manifest), `${name.replace('bindings-', 'bindings.')}.node`);
  } catch (thrown) {
    throw new Error(`There is no Chroma server for ${process.platform} on ${process.arch}: ${OTHER_WAY}`, {
      cause: thrown,
    });
  }
}

/** On the disk when it returns, so that after a power failure there is no file of the right size with nothing in it. */
function writeWhole(path: string, bytes: Buffer, changedAtSeconds: number): void {
  const file = openSync(path, 'w', 0o600);
  try {
    writeFileSync(file, bytes);
    futimesSync(file, changedAtSeconds, changedAtSeconds);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function load(file: string): ChromaBindings {
  const loaded: unknown = createRequire(import.meta.url)(file);
  if (!isBindings(loaded)) throw new Error(`${file} offers no cli function`);
  return loaded;
}

function isBindings(loaded: unknown): loaded is ChromaBindings {
  return typeof loaded === 'object' && loaded !== null && 'cli' in loaded && typeof loaded.cli === 'function';
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
