import type { ItemFailure, SourceEntry, SourceFault, SourceItem, StoredItem } from '@fashionmatch/domain';

import { saysTheSame, type StoredIndex, type StoredState } from './stored-index.js';

/** Why nothing needs doing. */
export type SkipReason =
  /** Same path, size and modification time: the file is not even opened. */
  | 'unchanged'
  /** An entry with this id came earlier in the listing, and the newest wins. */
  | 'listed_twice'
  /** Its image is no longer there, but its vectors are stored. */
  | 'stored_image_gone';

/** What an entry's listing alone tells. */
export type Screening =
  | { readonly kind: 'skip'; readonly reason: SkipReason }
  | { readonly kind: 'fail'; readonly failure: ItemFailure }
  | { readonly kind: 'refresh'; readonly target: StoredItem; readonly reason: 'touched' | 'metadata' }
  /** Its image is to be had from the network first: the entry comes again then. */
  | { readonly kind: 'fetch'; readonly reason: 'new' | 'changed'; readonly failure: ItemFailure }
  /** The image has to be read to know more. */
  | { readonly kind: 'inspect'; readonly entry: SourceItem; readonly known: StoredState | undefined };

/** What is to be done with an entry whose image was read. */
export type Decision =
  | { readonly kind: 'refresh'; readonly target: StoredItem; readonly reason: 'touched' | 'metadata' | 'moved' }
  | {
      readonly kind: 'copy';
      readonly target: StoredItem;
      readonly from: string;
      readonly reason: 'duplicate' | 'changed';
    }
  | { readonly kind: 'encode'; readonly target: StoredItem; readonly reason: 'new' | 'changed' }
  | { readonly kind: 'skip'; readonly reason: 'unchanged'; readonly entry: SourceItem }
  | { readonly kind: 'defer'; readonly entry: SourceItem };

/**
 * Decides, entry by entry, what a run has to do: identity (which stored item is this?) and freshness
 * (are its vectors current?) are two questions. Pure but for its memory of the run.
 */
export class Planner {
  readonly #index: StoredIndex;
  readonly #rehash: boolean;
  readonly #seen = new Set<string>();
  /** Entries that come a second time, when their image is here, is to be another one, or the one that they share is stored or has failed. */
  readonly #deferred = new Set<SourceItem>();
  /** Ids and contents that this run has promised to store. */
  readonly #claimedIds = new Set<string>();
  readonly #claimedContents = new Set<string>();

  /** @param rehash Takes nothing for unchanged before its content is known. */
  constructor(index: StoredIndex, rehash = false) {
    this.#index = index;
    this.#rehash = rehash;
  }

  /** Decides what can be decided without opening the image. */
  screen(entry: SourceEntry): Screening {
    if (entry.kind === 'fault') return this.#screenFault(entry);
    if (entry.recognisedBy === 'id' && !this.#deferred.delete(entry)) {
      if (this.#seen.has(entry.itemId)) return { kind: 'skip', reason: 'listed_twice' };
      this.#seen.add(entry.itemId);
    }
    const known = this.#recognise(entry);
    if (!known || this.#rehash || !sameFile(known, entry)) return { kind: 'inspect', entry, known };
    if (readsTheSame(known, entry)) return { kind: 'skip', reason: 'unchanged' };
    const reason = lacksSellerAlone(known, entry) ? 'touched' : 'metadata';
    return { kind: 'refresh', target: targetOf(entry, known.itemId, known.contentSha256), reason };
  }

  /**
   * Decides what the image's content tells. Entries must come in the order of the listing.
   *
   * @param gone which stored paths hold no file any more; asked only for items with the same content.
   */
  decide(entry: SourceItem, contentSha256: string, gone: ReadonlySet<string>): Decision {
    const known = this.#recognise(entry);
    if (known?.contentSha256 === contentSha256) {
      const isSame = readsTheSame(known, entry);
      if (isSame && sameFile(known, entry)) return { kind: 'skip', reason: 'unchanged', entry };
      const target = targetOf(entry, known.itemId, contentSha256);
      return { kind: 'refresh', target, reason: isSame || lacksSellerAlone(known, entry) ? 'touched' : 'metadata' };
    }
    const twins = this.#index.withContent(contentSha256);
    if (!known && entry.recognisedBy === 'path') {
      const moved = twins.find((twin) => gone.has(twin.filePath) && !this.#claimedIds.has(twin.itemId));
      if (moved) {
        this.#claimedIds.add(moved.itemId);
        return { kind: 'refresh', target: targetOf(entry, moved.itemId, contentSha256), reason: 'moved' };
      }
    }
    if (this.#claimedContents.has(contentSha256)) {
      this.#deferred.add(entry);
      return { kind: 'defer', entry };
    }

    const target = targetOf(entry, known?.itemId ?? this.#newId(entry, contentSha256), contentSha256);
    this.#claimedIds.add(target.item.itemId);
    const [twin] = twins;
    if (twin) return { kind: 'copy', target, from: twin.itemId, reason: known ? 'changed' : 'duplicate' };
    this.#claimedContents.add(contentSha256);
    return { kind: 'encode', target, reason: known ? 'changed' : 'new' };
  }

  /** Lets an item whose image is no good come again with its next one. */
  passedOver(target: StoredItem, next: SourceItem): void {
    this.settle(target, false);
    this.#deferred.add(next);
  }

  /** Lets an entry that was to `fetch` come again, with what came of that. */
  fetched(entry: SourceEntry): void {
    if (entry.kind === 'item') this.#deferred.add(entry);
    else this.#seen.delete(entry.failure.itemId);
  }

  /** Ends a promise to store: the item is stored, or has failed. */
  settle(target: StoredItem, stored: boolean): void {
    this.#claimedContents.delete(target.provenance.contentSha256);
    if (stored) this.#index.put(target);
  }

  /** A fault does not stand in the way of an older listing of the same id: that one is used until this one is mended. */
  #screenFault({ failure, remote }: SourceFault): Screening {
    const { itemId, code } = failure;
    // What stands for a batch is its name, and no item's id.
    if (code !== 'BATCH_INVALID' && this.#seen.has(itemId)) return { kind: 'skip', reason: 'listed_twice' };
    const known = this.#index.get(itemId);
    if (remote && !(known && saysTheSame(known, remote.metadata))) {
      this.#seen.add(itemId);
      return { kind: 'fetch', reason: known ? 'changed' : 'new', failure };
    }
    // Anything else would leave a stored item as it was, for ever and in silence.
    if (code === 'IMAGE_MISSING' && known) return { kind: 'skip', reason: 'stored_image_gone' };
    return { kind: 'fail', failure };
  }

  #recognise(entry: SourceItem): StoredState | undefined {
    return entry.recognisedBy === 'id' ? this.#index.get(entry.itemId) : this.#index.atPath(entry.file.path);
  }

  #newId(entry: SourceItem, contentSha256: string): string {
    const taken = (id: string): boolean => this.#claimedIds.has(id) || this.#index.get(id) !== undefined;
    if (entry.recognisedBy === 'id') return entry.itemId;
    const remembered = this.#index.rememberedIdAt(entry.file.path);
    if (remembered !== undefined && !taken(remembered)) return remembered;
    if (!taken(entry.itemId)) return entry.itemId;
    const withContent = `${entry.itemId}_${contentSha256.slice(0, 8)}`;
    // Copies of one file with one name and one time differ in nothing but their number.
    for (let copy = 1; ; copy++) {
      const candidate = copy === 1 ? withContent : `${withContent}_${String(copy)}`;
      if (!taken(candidate)) return candidate;
    }
  }
}

function sameFile(known: StoredState, { file }: SourceItem): boolean {
  return known.filePath === file.path && known.fileSize === file.size && known.fileMtimeMs === file.mtimeMs;
}

/** What is said of a reference image comes from the name and place of its file, by which it was recognised. */
function readsTheSame(known: StoredState, entry: SourceItem): boolean {
  const isOfFile = entry.recognisedBy === 'path' && known.source === entry.source;
  return isOfFile || saysTheSame(known, entry.metadata);
}

/** What was stored before sellers were, or by another program, gets its seller: to a user nothing has changed. */
function lacksSellerAlone(known: StoredState, { metadata }: SourceItem): boolean {
  return saysTheSame(known, { ...metadata, sellerId: '' });
}

function targetOf({ source, metadata, file }: SourceItem, itemId: string, contentSha256: string): StoredItem {
  return {
    item: { itemId, ...metadata },
    provenance: { source, filePath: file.path, fileSize: file.size, fileMtimeMs: file.mtimeMs, contentSha256 },
  };
}
