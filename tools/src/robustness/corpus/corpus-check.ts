import { constants } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';

import { parseCorpusTable, type CorpusFile } from './corpus-table.js';
import { embedFolder, type FolderRun, type ImageOutcome } from '../embed-folder.js';

export interface CorpusCheck extends Omit<FolderRun, 'outcomes'> {
  readonly files: number;
  readonly stored: number;
  readonly failed: number;
  /** Files that came out as the table expects. */
  readonly agreeing: number;
  /** One sentence for each file that did not. */
  readonly disagreements: readonly string[];
}

/** A hundred-megapixel file takes a few seconds on a busy machine; few files are that large. */
const DEADLINE_MS = 60_000;
const DEADLINE_PER_FILE_MS = 2_000;

/**
 * Runs the real pipeline over every file that the table lists, and compares what became of each with the
 * column `expected`.
 *
 * @param folder Holds the listed files, itself or in a subfolder `files`.
 * @param judgementsPath A table of files of the first one, of which something else is expected.
 * @throws Error when a table cannot be read, or the second names a file that the first does not.
 */
export async function checkCorpus(folder: string, tablePath: string, judgementsPath?: string): Promise<CorpusCheck> {
  const listed = parseCorpusTable(await readFile(tablePath, 'utf8'));
  const files = judgementsPath === undefined ? listed : judged(listed, await readFile(judgementsPath, 'utf8'));
  const presented = await mkdtemp(join(tmpdir(), 'fashionmatch-corpus-'));
  try {
    const missing: string[] = [];
    for (const [i, file] of files.entries()) {
      const isThere = await present(file, folder, join(presented, presentedName(file, i)));
      if (!isThere) missing.push(`${file.path} is in the table, and not in the folder.`);
    }
    const run = await embedFolder(presented, DEADLINE_MS + files.length * DEADLINE_PER_FILE_MS);
    return { ...run, ...compare(files, run.outcomes), faults: [...missing, ...run.faults] };
  } finally {
    await rm(presented, { recursive: true });
  }
}

function judged(listed: readonly CorpusFile[], judgements: string): CorpusFile[] {
  const byPath = new Map(listed.map((file) => [file.path, file]));
  for (const judgement of parseCorpusTable(judgements)) {
    if (!byPath.has(judgement.path)) throw new Error(`${judgement.path} is judged, and not in the table.`);
    byPath.set(judgement.path, judgement);
  }
  return [...byPath.values()];
}

/** Under a name that a reference folder lists: the content decides what the file is, never the name. */
function presentedName({ path }: CorpusFile, place: number): string {
  const extension = extname(path);
  const isListed = /^\.(jpe?g|png|webp|avif|gif|tiff?|hei[cf])$/i.test(extension);
  return `${String(place).padStart(6, '0')}${isListed ? extension : '.jpg'}`;
}

async function present({ path }: CorpusFile, folder: string, copy: string): Promise<boolean> {
  for (const original of [join(folder, path), join(folder, 'files', path)]) {
    try {
      await copyFile(original, copy, constants.COPYFILE_FICLONE);
      return true;
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  return false;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function compare(
  files: readonly CorpusFile[],
  outcomes: ReadonlyMap<string, ImageOutcome>,
): Pick<CorpusCheck, 'files' | 'stored' | 'failed' | 'agreeing' | 'disagreements'> {
  const disagreements: string[] = [];
  let [stored, failed, agreeing] = [0, 0, 0];
  for (const [i, file] of files.entries()) {
    const outcome = outcomes.get(presentedName(file, i));
    // Already told as a fault.
    if (outcome === undefined) continue;
    if (outcome.stored) stored++;
    else failed++;
    if (file.expected === undefined) continue;
    if (outcome.stored === (file.expected === 'stored')) agreeing++;
    else disagreements.push(disagreement(file, outcome));
  }
  return { files: files.length, stored, failed, agreeing, disagreements };
}

function disagreement({ path, why }: CorpusFile, outcome: ImageOutcome): string {
  const name = why === '' ? path : `${path} (${why})`;
  return outcome.stored ? `${name} was stored, and should have failed.` : `${name} was not stored: ${outcome.reason}.`;
}
