import {
  EMBEDDING_SPACES,
  isOutOfStep,
  MAIN_GENERATION,
  type CollectionStatus,
  type JournalSize,
  type StoreHolder,
} from '@fashionmatch/domain';
import { hasDrift, type CheckedStatus } from '@fashionmatch/pipeline';
import stringWidth from 'string-width';

import { cut } from '../terminal/cut.js';
import { EMPTY_NOTE } from './empty-note.js';
import { printable } from './printable.js';

const COLUMNS = [
  { title: 'collection', width: 32 },
  { title: 'items', width: 10 },
  { title: 'encoder', width: 0 },
];
const GAP = 2;

/** What is stored, for people. @param room What a line has room for. */
export function statusReport(status: CheckedStatus, room = Infinity): string {
  const { location, generation, collections, itemsBySource, bytesOnDisk, journal, holder } = status;
  const { references, scraped, unknown } = itemsBySource;
  const size = bytesOnDisk === undefined ? '' : ` (${megabytes(bytesOnDisk)} on disk)`;
  return [
    `${printable(location)}${size}${generation === MAIN_GENERATION ? '' : `, generation ${generation}`}`,
    '',
    ...table([COLUMNS.map(({ title }) => title), ...EMBEDDING_SPACES.map((space) => cells(collections[space]))], room),
    '',
    `${counted(references, 'item')} of references, ${String(scraped)} scraped${unknown > 0 ? `, ${String(unknown)} of an unknown source` : ''}.`,
    ...(isForeign(status) ? [FOREIGN] : []),
    ...(journal ? [journalLine(journal)] : []),
    ...(holder ? [inUse(holder)] : []),
    verdict(status),
    '',
  ].join('\n');
}

const FOREIGN =
  'Another program wrote this, and it does not say whose vectors they are: `fashionmatch adopt` finds out, and takes it over.';

function isForeign({ collections }: CheckedStatus): boolean {
  return EMBEDDING_SPACES.some((space) => collections[space].items > 0 && collections[space].encoder === undefined);
}

function journalLine({ items, vectors, bytes }: JournalSize): string {
  return `The journal remembers ${counted(items, 'item')} and ${counted(vectors, 'vector')}, ${megabytes(bytes)}.`;
}

function verdict(status: CheckedStatus): string {
  const { unpaired, collections } = status;
  if (!hasDrift(status)) {
    if (EMBEDDING_SPACES.every((space) => collections[space].items === 0)) return EMPTY_NOTE.trimEnd();
    if (unpaired > 0) return `${counted(unpaired, 'item')} in one collection only, on the way into the other.`;
    return 'Both collections have the same items; `fashionmatch verify` looks at every vector.';
  }
  const what = [
    ...(unpaired > 0 ? [`${counted(unpaired, 'item')} in one collection only`] : []),
    ...(unpaired === 0 && isOutOfStep(status) ? ['A collection that cannot be read'] : []),
    ...changedItems(status),
  ].join('; ');
  return `${what}: \`fashionmatch verify --repair\` mends that.`;
}

function changedItems({ spotCheck: { items, atFault } = { items: 0, atFault: 0 } }: CheckedStatus): string[] {
  if (atFault === 0) return [];
  return [`${String(atFault)} of ${counted(items, 'item')} that were looked at not as they were written`];
}

function cells({ name, state, reason, items, encoder }: CollectionStatus): string[] {
  if (state === 'missing') return [name, 'none yet'];
  if (state === 'unreadable') return [name, reason];
  const writer = encoder === undefined ? 'does not say' : `${encoder.id} (${String(encoder.dimensions)} dimensions)`;
  return [name, String(items), writer];
}

/** In a narrow room, columns are no wider than they have to be, and the last one is cut. */
function table(rows: readonly (readonly string[])[], room: number): string[] {
  const texts = rows.map((row) => row.map(printable));
  const widest = (column: number): number => Math.max(...texts.map((row) => stringWidth(row[column] ?? '')));
  const wide = COLUMNS.map(({ width }) => width);
  const isNarrow = (wide[0] ?? 0) + (wide[1] ?? 0) + widest(2) > room;
  const widths = isNarrow ? [widest(0) + GAP, widest(1) + GAP, 0] : wide;
  return texts.map((row) =>
    cut(
      row.map((text, i) => text + ' '.repeat(Math.max(0, (widths[i] ?? 0) - stringWidth(text)))).join(''),
      room,
    ).trimEnd(),
  );
}

function inUse({ pid, host, since, access, server }: StoreHolder): string {
  const what = access === 'write' ? 'Being written' : 'Being read';
  const port = server === undefined ? '' : `; its server listens on port ${String(server.port)}`;
  return `${what} by process ${String(pid)} on ${printable(host)}, since ${printable(since)}${port}.`;
}

function counted(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
