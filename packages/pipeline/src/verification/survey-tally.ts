import { EMBEDDING_SPACES, perSpace, type EmbeddingSpace, type PerSpace } from '@fashionmatch/domain';

import { isVectorFault, type ItemFault, type ItemFaultKind, type ItemView } from './item-faults.js';

export type HalfState = 'sound' | 'missing' | 'unreadable' | 'crashes_server';

export interface HalfReport {
  readonly name: string;
  readonly state: HalfState;
  /** Why it cannot be read; `''` when it can, or is not there. */
  readonly reason: string;
  /** Rows that were read. */
  readonly rows: number;
}

export interface MissingFile {
  readonly itemId: string;
  readonly path: string;
}

/** What was found in a store. */
export interface StoreSurvey {
  readonly halves: PerSpace<HalfReport>;
  /** Known to at least one half or, where a half cannot be read, to the journal. */
  readonly items: number;
  readonly faultCounts: Readonly<Partial<Record<ItemFaultKind, number>>>;
  /** The first {@link FAULTS_KEPT} of them. */
  readonly faults: readonly ItemFault[];
  /** Ids of all items that something is wrong with. */
  readonly faultyIds: ReadonlySet<string>;
  /** Spaces with vectors that are not what was written. */
  readonly spacesWithFaultyVectors: ReadonlySet<EmbeddingSpace>;
  /** Items whose image file is gone: their vectors are as good as any, so this is no drift. */
  readonly missingFileCount: number;
  /** The first {@link FAULTS_KEPT} of them. */
  readonly missingFiles: readonly MissingFile[];
  /** Ids of items whose rows are in a form that misleads other programs, such as an earlier version's: no drift either. */
  readonly outdatedIds: ReadonlySet<string>;
  /** Items whose vectors were compared with what their images give now. */
  readonly comparedItems: number;
  /** Ids of those whose vectors are not what their images give. */
  readonly idsNotOfImage: ReadonlySet<string>;
  /** Items that were stored once and are not now, such as after a store was cleared: no drift either. */
  readonly onlyInJournal: number;
}

/** Enough to look into; all are counted, and their ids are known. */
const FAULTS_KEPT = 1000;

/** Whether both halves hold the same items, whole. So does a store that nothing was ever put in. */
export function isInStep({ halves, items, faultyIds }: StoreSurvey): boolean {
  const isRead = (space: EmbeddingSpace): boolean =>
    halves[space].state === 'sound' || (halves[space].state === 'missing' && items === 0);
  return faultyIds.size === 0 && EMBEDDING_SPACES.every(isRead);
}

/** Counts what a survey comes across. Memory grows with what is wrong, not with the store. */
export class SurveyTally {
  readonly #rows = { clip: 0, dino: 0 };
  readonly #faultCounts: Partial<Record<ItemFaultKind, number>> = {};
  readonly #faults: ItemFault[] = [];
  readonly #faultyIds = new Set<string>();
  readonly #spacesWithFaultyVectors = new Set<EmbeddingSpace>();
  readonly #outdatedIds = new Set<string>();
  readonly #missingFiles: MissingFile[] = [];
  #items = 0;
  #missingFileCount = 0;
  #onlyInJournal = 0;
  #comparedItems = 0;
  readonly #idsNotOfImage = new Set<string>();

  get items(): number {
    return this.#items;
  }

  addItem({ itemId, rows }: ItemView, faults: readonly ItemFault[]): void {
    this.#items++;
    for (const space of EMBEDDING_SPACES) {
      if (rows[space] !== undefined) this.#rows[space]++;
      if (rows[space]?.outdated) this.#outdatedIds.add(itemId);
    }
    for (const fault of faults) this.#add(fault);
  }

  addComparison(itemId: string, faults: readonly ItemFault[]): void {
    this.#comparedItems++;
    if (faults.length > 0) this.#idsNotOfImage.add(itemId);
    for (const fault of faults) this.#add(fault);
  }

  addLost(itemId: string): void {
    this.#items++;
    this.#add({ itemId, kind: 'lost', space: undefined });
  }

  addMissingFile(file: MissingFile): void {
    this.#missingFileCount++;
    if (this.#missingFiles.length < FAULTS_KEPT) this.#missingFiles.push(file);
  }

  addOnlyInJournal(count: number): void {
    this.#onlyInJournal += count;
  }

  result(halves: PerSpace<Omit<HalfReport, 'rows'>>): StoreSurvey {
    return {
      halves: perSpace((space) => ({ ...halves[space], rows: this.#rows[space] })),
      items: this.#items,
      faultCounts: this.#faultCounts,
      faults: this.#faults,
      faultyIds: this.#faultyIds,
      spacesWithFaultyVectors: this.#spacesWithFaultyVectors,
      outdatedIds: this.#outdatedIds,
      missingFileCount: this.#missingFileCount,
      missingFiles: this.#missingFiles,
      onlyInJournal: this.#onlyInJournal,
      comparedItems: this.#comparedItems,
      idsNotOfImage: this.#idsNotOfImage,
    };
  }

  #add(fault: ItemFault): void {
    this.#faultCounts[fault.kind] = (this.#faultCounts[fault.kind] ?? 0) + 1;
    this.#faultyIds.add(fault.itemId);
    if (fault.space !== undefined && isVectorFault(fault.kind)) this.#spacesWithFaultyVectors.add(fault.space);
    if (this.#faults.length < FAULTS_KEPT) this.#faults.push(fault);
  }
}
