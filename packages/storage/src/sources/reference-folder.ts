import { realpath } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { ImageFile, ItemSource, SourceFault, SourceItem } from '@fashionmatch/domain';

import { walkImages, type FoundImage, type UnusablePath } from './image-walk.js';
import { fileExists, readRegularFile, toFileError } from '../files/safe-open.js';
import { openSourceFolder } from './source-folder.js';
import type { IsImage } from './image-names.js';
import { passedOver, type NameRules } from './name-rules.js';

export interface ReferenceFolderOptions {
  readonly directory: string;
  /** A larger image is `IMAGE_TOO_LARGE`. */
  readonly maxFileBytes: number;
  /** Follows symbolic links out of the folder as well. */
  readonly allowOutsidePaths?: boolean | undefined;
  /** What is passed over by name; only hidden names when not given. */
  readonly names?: NameRules | undefined;
  /** Decides on files whose name does not tell what they are; without it they are left out. */
  readonly isImage?: IsImage | undefined;
}

/** Lists the images of a folder and its subfolders; each is an item that knows no more than its file. */
export function referenceFolder(options: ReferenceFolderOptions): ItemSource {
  const { directory, maxFileBytes, allowOutsidePaths = false, names = {}, isImage = () => false } = options;

  return {
    name: 'references',

    async *list(onLeftOut = () => undefined) {
      const root = await openSourceFolder(directory, 'reference images');
      const within = allowOutsidePaths ? undefined : [root];
      const walk = walkImages(root, { within, passedOver: passedOver(names), isImage, onLeftOut });
      for await (const found of walk) yield found.kind === 'image' ? new ReferenceImage(found) : toFault(found);
    },

    async read({ file }) {
      const root = await realpath(directory).catch((cause: unknown) => {
        throw toFileError(cause);
      });
      return readRegularFile(file.path, { within: allowOutsidePaths ? undefined : [root], maxBytes: maxFileBytes });
    },

    exists: fileExists,
  };
}

/**
 * The id of a reference image: `ref_{stem}_{timestamp}`, with the time of its modification in UTC,
 * such as `ref_look_20260131T094501123Z`.
 *
 * @param mtimeMs Milliseconds since the epoch.
 */
export function referenceId({ path, mtimeMs }: Pick<ImageFile, 'path' | 'mtimeMs'>): string {
  return `ref_${stemOf(path)}_${isoTime(mtimeMs).replace(/[-:.]/g, '')}`;
}

/**
 * Most files are stored and unchanged: what only the others need is made when it is asked for. Getters of a class,
 * since those of an object literal cost every item a hidden class of its own, which is 30 MB at 100,000 items.
 */
class ReferenceImage implements SourceItem {
  readonly kind = 'item';
  readonly source = 'references';
  readonly recognisedBy = 'path';
  readonly file: ImageFile;
  readonly #name: string;

  constructor({ name, file }: FoundImage) {
    this.#name = name;
    this.file = file;
  }

  get itemId(): string {
    return referenceId(this.file);
  }

  get metadata(): SourceItem['metadata'] {
    const { path, mtimeMs } = this.file;
    const url = pathToFileURL(path).href;
    return {
      title: this.#name.toWellFormed(),
      price: 0,
      currency: 'EUR',
      description: '',
      brand: '',
      size: '',
      condition: '',
      imageUrl: url,
      url,
      category: '',
      sellerId: '',
      scrapedAt: isoTime(mtimeMs),
      localImagePath: path,
    };
  }
}

function toFault({ path, error }: UnusablePath): SourceFault {
  const { code, message: reason } = error;
  const itemId = `ref_${stemOf(path)}`;
  return { kind: 'fault', failure: { itemId, source: 'references', stage: 'discover', code, reason, path } };
}

/** Keeps ids readable, and inside what a vector store takes, when somebody else calls `referenceId`. */
const MAX_STEM_CHARACTERS = 200;

/** A file's name without its extension, without characters that could not be shown: control, format, lone surrogate. */
function stemOf(path: string): string {
  const characters = [...basename(path, extname(path))].slice(0, MAX_STEM_CHARACTERS);
  return characters.join('').replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '_');
}

/** The times that a Date can hold; a file system can hold others. */
const MAX_TIME_MS = 8.64e15;

/** Rounded, since a file system's nanoseconds make 122.999 of what was set as 123. */
function isoTime(timeMs: number): string {
  return new Date(Math.round(Math.min(Math.max(timeMs, -MAX_TIME_MS), MAX_TIME_MS))).toISOString();
}
