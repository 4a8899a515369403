import { realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, parse, relative, resolve, sep } from 'node:path';

import type { FileMapping, ListingMapping } from '@fashionmatch/domain';
import picomatch from 'picomatch';

import { liesWithin, type AllowedFolders } from '../../files/safe-open.js';
import type { OpenBatchOptions } from '../scraped-batch-folder.js';
import { ListingNotes, shown } from './listing-notes.js';

export interface ListingRunOptions {
  readonly directory: string;
  readonly workingDirectory: string;
  readonly maxBatchFileBytes: number;
  readonly allowOutsidePaths: boolean;
  readonly mappings: readonly FileMapping[];
}

/** What holds while a folder is gone through once. */
export interface ListingRun extends OpenBatchOptions {
  readonly isChosen: (path: string) => boolean;
  readonly notes: ListingNotes;
}

export async function listingRun(options: ListingRunOptions): Promise<ListingRun> {
  const { directory, maxBatchFileBytes: maxBytes, mappings } = options;
  const notes = new ListingNotes();
  const roots = [resolve(directory), await realPathOf(directory)];
  const matchers = mappings.map((mapping) => ({ mapping, matches: picomatch(mapping.files, { dot: true }) }));
  const mappingFor = (path: string): ListingMapping | undefined => {
    const root = roots.find((folder) => liesWithin(path, folder)) ?? '';
    const below = relative(root, path).replaceAll(sep, '/');
    return matchers.find(({ matches }) => matches(below))?.mapping;
  };
  return {
    notes,
    maxBytes,
    within: await allowedFolders(options),
    mappingFor,
    isChosen: (path) => mappingFor(resolve(path)) !== undefined,
    onDropped: (kind, itemId, value) => {
      notes.add('warn', kind, shown(value), itemId);
    },
    onFallback: (path, file, reason) => {
      notes.add('warn', `Read ${file} in place of a ${basename(path)} that cannot be used`, `${path} (${reason})`);
    },
  };
}

/** As named and as they really are: a batch may have absolute paths written in either way. */
export async function allowedFolders(
  options: Pick<ListingRunOptions, 'directory' | 'workingDirectory' | 'allowOutsidePaths'>,
): Promise<AllowedFolders> {
  if (options.allowOutsidePaths) return undefined;
  const working = resolve(options.workingDirectory);
  const named = [resolve(options.directory), ...((await holdsEverything(working)) ? [] : [working])];
  return [...new Set([...(await Promise.all(named.map(realPathOf))), ...named])];
}

export const realPathOf = (folder: string): Promise<string> => realpath(folder).catch(() => folder);

/** Whether leave to read a folder would be leave to read all that its user has. */
async function holdsEverything(folder: string): Promise<boolean> {
  const real = await realPathOf(folder);
  return real === parse(real).root || liesWithin(await realPathOf(homeDirectory()), real);
}

function homeDirectory(): string {
  try {
    return homedir();
  } catch {
    // In a container, of a user whom nobody has named.
    return '';
  }
}
