import { readFile, stat } from 'node:fs/promises';

import { FashionMatchError, ITEM_SOURCES, reasonOf, type ItemSourceName } from '@fashionmatch/domain';

/** A line for each of a million failures; more is some other file. */
const MAX_BYTES = 500 * 1024 * 1024;

/** The sources and ids that a failures file names. */
export type FailedIds = Readonly<Record<ItemSourceName, ReadonlySet<string>>>;

/** @throws FashionMatchError `USAGE_INVALID` when the file cannot be read, naming the line at fault. */
export async function readFailuresFile(path: string): Promise<FailedIds> {
  const text = await readText(path);
  const ids = { references: new Set<string>(), scraped: new Set<string>() };
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const failed = parseLine(line);
    if (!failed) {
      throw new FashionMatchError('USAGE_INVALID', `Line ${String(i + 1)} of ${path} is no failed item.`);
    }
    ids[failed.source].add(failed.itemId).add(failed.path);
  }
  return ids;
}

async function readText(path: string): Promise<string> {
  try {
    if ((await stat(path)).size > MAX_BYTES) throw new Error('it is too large');
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new FashionMatchError('USAGE_INVALID', `The failures file ${path} cannot be read: ${reasonOf(cause)}.`, {
      cause,
    });
  }
}

function parseLine(line: string): { source: ItemSourceName; itemId: string; path: string } | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null || !('source' in value) || !('item_id' in value)) return undefined;
    const source = ITEM_SOURCES.find((name) => name === value.source);
    const path = 'path' in value && typeof value.path === 'string' ? value.path : '';
    if (source === undefined || typeof value.item_id !== 'string') return undefined;
    return { source, itemId: value.item_id, path };
  } catch {
    return undefined;
  }
}
