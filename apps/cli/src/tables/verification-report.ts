import { EMBEDDING_SPACES } from '@fashionmatch/domain';
import {
  isInStep,
  ITEM_FAULTS,
  type HalfReport,
  type ItemFaultKind,
  type RepairOutcome,
  type StoreSurvey,
  type UnmendableItem,
} from '@fashionmatch/pipeline';

import { printable } from './printable.js';

const LABELS: Readonly<Record<ItemFaultKind, string>> = {
  half_missing: 'in one collection only',
  vector_unreadable: 'with a vector that is not there',
  vector_dimensions: 'with a vector of other dimensions',
  vector_not_finite: 'with a vector that has values that are no numbers',
  vector_not_unit: 'with a vector of another length than 1',
  vector_differs: 'with another vector than the journal has',
  not_of_image: 'with a vector that is not what its image gives',
  metadata_unreadable: 'with metadata that cannot be read',
  metadata_differs: 'with metadata that differs between the two',
  lost: 'in the journal only, as one collection cannot be asked',
};

/** More ids than this are counted, not named: `--json` has more of them. */
const IDS_SHOWN = 3;
const NAME_WIDTH = 32;
const COUNT_WIDTH = 8;

/** What `verify` found and did, for people. */
export function verificationReport(found: StoreSurvey, repair: RepairOutcome | undefined): string {
  return [
    ...EMBEDDING_SPACES.map((space) => collectionLine(found.halves[space])),
    '',
    ...ITEM_FAULTS.flatMap((kind) => faultLine(kind, found)),
    ...verdict(found),
    ...notes(found),
    ...(repair === undefined ? outdatedLine(found) : []),
    ...(repair === undefined ? [] : repairLines(repair)),
    ...(repair === undefined && !isInStep(found) ? ['Run `fashionmatch verify --repair` to mend it.'] : []),
    '',
  ].join('\n');
}

function collectionLine({ name, state, reason, rows }: HalfReport): string {
  const says = {
    sound: `${String(rows)} vectors read`,
    missing: 'is not there',
    unreadable: `cannot be read: ${reason}`,
    crashes_server: 'crashes its server when it is read',
  };
  return `${printable(name).padEnd(NAME_WIDTH)}${printable(says[state])}`;
}

function faultLine(kind: ItemFaultKind, { faultCounts, faults }: StoreSurvey): string[] {
  const count = faultCounts[kind];
  if (count === undefined) return [];
  const ids = faults.filter((fault) => fault.kind === kind).map(({ itemId }) => itemId);
  return [`${String(count).padStart(COUNT_WIDTH)} ${LABELS[kind]}: ${shownIds(ids, count)}`];
}

function verdict(survey: StoreSurvey): string[] {
  const { halves, items, faultyIds } = survey;
  if (isInStep(survey)) {
    const whole = `${counted(items, 'item')}, each in both collections, whole and the same.`;
    return [items === 0 ? 'Nothing is stored.' : whole];
  }
  const broken = EMBEDDING_SPACES.map((space) => halves[space]).filter(({ state }) => state !== 'sound');
  return [
    ...broken.map(({ name }) => `${printable(name)} has to be made anew.`),
    ...(faultyIds.size > 0 ? [`${String(faultyIds.size)} of ${counted(items, 'item')} are at fault.`] : []),
  ];
}

/** What is no drift, but good to know. */
function notes({ missingFileCount, missingFiles, onlyInJournal, comparedItems }: StoreSurvey): string[] {
  const lines: string[] = [];
  if (comparedItems > 0)
    lines.push(`The images of ${counted(comparedItems, 'item')} were encoded again, and compared.`);
  if (missingFileCount > 0) {
    const ids = missingFiles.map(({ itemId }) => itemId);
    lines.push(
      `The image file of ${counted(missingFileCount, 'item')} is gone; the vectors stay: ${shownIds(ids, missingFileCount)}`,
    );
  }
  if (onlyInJournal > 0) {
    lines.push(
      `${counted(onlyInJournal, 'item')} that a store was cleared of: an \`embed\` that lists them encodes nothing.`,
    );
  }
  return lines;
}

function outdatedLine({ outdatedIds: { size } }: StoreSurvey): string[] {
  const stands = `${counted(size, 'item')} without its document, or with a whole price as an integer`;
  return size === 0 ? [] : [`${stands}, which misleads other programs' filters: \`verify --repair\` mends that.`];
}

function repairLines({
  rebuilt,
  mended,
  encoded,
  removed,
  refused,
  refreshed,
  forgottenVectors,
  survey,
}: RepairOutcome): string[] {
  const lines = [
    ...rebuilt.map((name) => `Made ${printable(name)} anew.`),
    ...(mended > 0 ? [`Mended ${counted(mended, 'item')}; ${String(encoded)} of them had to be encoded again.`] : []),
    ...unmendable('Removed', removed),
    ...unmendable('The store did not take', refused),
  ];
  if (refreshed > 0) lines.push(`Wrote the documents of ${counted(refreshed, 'item')}, and prices as decimals.`);
  if (forgottenVectors > 0) lines.push(`The journal forgot ${counted(forgottenVectors, 'vector')} that no item uses.`);
  return lines.length === 0 ? [] : ['', ...lines, ...verdict(survey)];
}

function unmendable(what: string, items: readonly UnmendableItem[]): string[] {
  if (items.length === 0) return [];
  const shown = items.slice(0, IDS_SHOWN).map(({ itemId, reason }) => `  ${printable(`${itemId}: ${reason}`)}`);
  const more = items.length - shown.length;
  return [
    `${what} ${counted(items.length, 'item')}:`,
    ...shown,
    ...(more > 0 ? [`  ... and ${String(more)} more`] : []),
  ];
}

function shownIds(ids: readonly string[], count: number): string {
  const shown = ids.slice(0, IDS_SHOWN).map(printable);
  const more = count - shown.length;
  return more > 0 ? `${shown.join(', ')}, ... and ${String(more)} more` : shown.join(', ');
}

function counted(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}
