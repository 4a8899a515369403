import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

import {
  EMBEDDING_SPACES,
  perSpace,
  perSpaceAsync,
  type ArchiveDimensions,
  type ArchiveEntry,
  type ArchiveWriteOptions,
  type EmbeddedItem,
  type EmbeddingSpace,
  type EncoderFingerprint,
  type ItemArchive,
  type OpenedItemArchive,
  type PerSpace,
} from '@fashionmatch/domain';

import { archiveDocument, MAX_DOCUMENT_BYTES, parseArchiveDocument, unreadableArchive } from './archive-document.js';
import { toArchiveEntry } from './archive-row.js';
import { openNpyArray, type NpyArray } from './npy-array.js';
import { NPY_HEADER_BYTES, npyHeader } from './npy-header.js';
import { existingFiles, replaceFiles, type FileAt } from './replace-files.js';
import { fileExists, openRegularFile, readRegularFile } from '../files/safe-open.js';
import { countLines, linesOf } from './text-lines.js';
import { toItemRecord } from '../item-record.js';
import { checkBatch } from '../vector-checks.js';

interface NpyPaths extends PerSpace<string> {
  readonly items: string;
  readonly document: string;
}

/** The texts of an item take some kilobytes. */
const MAX_LINE_BYTES = 2 ** 20;

const ROWS_PER_READ = 1_000;

/**
 * An archive of four files: `NAME.clip.npy` and `NAME.dino.npy` (float32, one row an item), `NAME.jsonl` (line i
 * is row i) and `NAME.json`, which says what made the vectors: without it that has to be said by whoever imports them.
 */
export function npyArchive(name: string): ItemArchive {
  const paths = {
    ...perSpace((space) => `${name}.${space}.npy`),
    items: `${name}.jsonl`,
    document: `${name}.json`,
  };
  const files = [paths.clip, paths.dino, paths.items, paths.document];
  return {
    folder: dirname(name),
    files,
    existing: () => existingFiles(files),
    write: (pages, options) =>
      replaceFiles(files, options.overwrite ?? false, (fileAt) => writePages(fileAt, paths, pages, options)),
    open: () => openArchive(paths),
  };
}

async function writePages(
  fileAt: FileAt,
  paths: NpyPaths,
  pages: AsyncIterable<readonly EmbeddedItem[]>,
  { encoders }: ArchiveWriteOptions,
): Promise<void> {
  let rows = 0;
  const header = (space: EmbeddingSpace): Buffer => npyHeader(rows, encoders[space].dimensions);
  for (const space of EMBEDDING_SPACES) await fileAt(paths[space]).writeFile(header(space));
  for await (const page of pages) {
    checkBatch(page, encoders);
    for (const space of EMBEDDING_SPACES) {
      await fileAt(paths[space]).writeFile(Buffer.concat(page.map(({ embeddings }) => bytesOf(embeddings[space]))));
    }
    await fileAt(paths.items).writeFile(page.map((item) => `${JSON.stringify(toItemRecord(item))}\n`).join(''));
    rows += page.length;
  }
  // Only now are the rows counted.
  for (const space of EMBEDDING_SPACES) await fileAt(paths[space]).write(header(space), 0, NPY_HEADER_BYTES, 0);
  await fileAt(paths.document).writeFile(`${archiveDocument(encoders)}\n`);
}

async function openArchive(paths: NpyPaths): Promise<OpenedItemArchive> {
  const encoders = parseArchiveDocument(await readDocument(paths.document), paths.document);
  const opened: AsyncDisposable[] = [];
  const close = async (): Promise<void> => {
    for (const resource of opened) await resource[Symbol.asyncDispose]();
  };
  const keep = <T extends AsyncDisposable>(resource: T): T => {
    opened.push(resource);
    return resource;
  };
  try {
    const clip = keep(await openNpyArray(paths.clip));
    const dino = keep(await openNpyArray(paths.dino));
    if (encoders !== undefined) checkDimensions(paths, { clip, dino }, encoders);
    const items = keep(await openItems(paths.items));
    const lines = await countLines(items);
    // One line too few or too many would give every item after it the vectors of another.
    if (lines !== clip.rows || lines !== dino.rows) {
      const counts = `${String(lines)} lines for ${String(clip.rows)} and ${String(dino.rows)} vectors`;
      throw unreadableArchive(paths.items, `it has ${counts}`);
    }
    const { document: name } = paths;
    const entries = (dimensions: ArchiveDimensions): AsyncGenerator<ArchiveEntry> =>
      entriesOf(items, { clip, dino }, dimensions);
    return { name, encoders, spaces: EMBEDDING_SPACES, size: lines, entries, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function* entriesOf(
  items: FileHandle,
  arrays: PerSpace<NpyArray>,
  dimensions: ArchiveDimensions,
): AsyncGenerator<ArchiveEntry> {
  let vectors: PerSpace<Float32Array[]> = { clip: [], dino: [] };
  let row = 0;
  for await (const line of linesOf(items, MAX_LINE_BYTES)) {
    const at = row % ROWS_PER_READ;
    if (at === 0) {
      vectors = await perSpaceAsync((space) => arrays[space].read(row, ROWS_PER_READ));
    }
    row++;
    yield toArchiveEntry(
      { row, fields: parseLine(line), vectors: perSpace((space) => vectors[space][at]) },
      dimensions,
    );
  }
}

function checkDimensions(paths: NpyPaths, arrays: PerSpace<NpyArray>, encoders: PerSpace<EncoderFingerprint>): void {
  for (const space of EMBEDDING_SPACES) {
    const [found, named] = [arrays[space].columns, encoders[space].dimensions];
    if (found === named) continue;
    const reason = `its vectors have ${String(found)} dimensions, not the ${String(named)} of its encoder`;
    throw unreadableArchive(paths[space], reason);
  }
}

/** Undefined when there is none: then another program wrote the arrays. */
async function readDocument(path: string): Promise<string | undefined> {
  if (!(await fileExists(path))) return undefined;
  try {
    return (await readRegularFile(path, { within: undefined, maxBytes: MAX_DOCUMENT_BYTES })).toString();
  } catch (cause) {
    throw unreadableArchive(path, cause);
  }
}

async function openItems(path: string): Promise<FileHandle> {
  try {
    return (await openRegularFile(path, undefined)).file;
  } catch (cause) {
    throw unreadableArchive(path, cause);
  }
}

function parseLine(line: string | undefined): unknown {
  try {
    return JSON.parse(line ?? '');
  } catch {
    return undefined;
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
