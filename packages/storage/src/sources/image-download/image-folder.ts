import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { FashionMatchError, ItemError, type ImageFile } from '@fashionmatch/domain';
import { z } from 'zod';

import { findListingImage } from '../listing-image.js';
import { readRegularFile, realPathWithin, toFileError, type AllowedFolders } from '../../files/safe-open.js';
import { systemCode } from '../../files/system-code.js';

/** An address has at most 8,000 characters, which JSON may write as six each. */
const MAX_RECORD_BYTES = 64 * 1024;

/** What the first bytes of a file say that it is: an image's format, such as `JPEG`, or what else, in words. */
export type ContentKind = (
  start: Uint8Array,
) => { readonly image: string } | { readonly image: undefined; readonly looksLike: string };

/** Enough to tell what a file is. */
const START_BYTES = 256;

/** Says which file an address has led to. */
const recordSchema = z.object({
  url: z.string(),
  file: z.string().regex(/^[0-9a-f]{64}\.[a-z]+$/),
  size: z.int().positive(),
});

/**
 * Images that were downloaded, each under the SHA-256 of its content. Beside them stands a small file for each
 * address, under the SHA-256 of that. A file takes its place when it is whole: what is there is right.
 */
export class ImageFolder {
  readonly #folder: string;
  readonly #within: AllowedFolders;
  #ready: Promise<void> | undefined;

  /** @param within Neither what is found nor what is saved may lie elsewhere. */
  constructor(folder: string, within: AllowedFolders) {
    this.#folder = folder;
    this.#within = within;
  }

  /** The image that an address has led to; undefined when none is here. */
  async find(url: string): Promise<ImageFile | undefined> {
    try {
      const options = { within: this.#within, maxBytes: MAX_RECORD_BYTES };
      const record = recordSchema.parse(JSON.parse((await readRegularFile(this.#recordOf(url), options)).toString()));
      const image = await findListingImage(record.file, { bases: [this.#folder], within: this.#within });
      return record.url === url && record.size === image.size ? image : undefined;
    } catch {
      // Not downloaded, removed or damaged: all the same to who can download it.
      return undefined;
    }
  }

  /**
   * @throws ItemError `IMAGE_MISSING` when the content is no image; what `content` throws.
   * @throws FashionMatchError `SOURCE_UNREADABLE` when nothing can be saved here.
   */
  async save(url: string, content: AsyncIterable<Uint8Array>, contentKind: ContentKind): Promise<ImageFile> {
    await (this.#ready ??= this.#prepare());
    const part = join(this.#folder, `${randomUUID()}.part`);
    try {
      const { file, size } = await this.#write(part, content, contentKind);
      return await this.#saving(async () => {
        // An image that is here already keeps its time, and with it all that is known of it.
        const path = join(this.#folder, file);
        if ((await stat(path).catch(() => undefined))?.size !== size) await rename(part, path);
        await writeFile(`${part}.json`, `${JSON.stringify({ url, file, size })}\n`);
        await rename(`${part}.json`, this.#recordOf(url));
        return findListingImage(path, { bases: [], within: this.#within });
      });
    } finally {
      for (const left of [part, `${part}.json`]) await rm(left, { force: true });
    }
  }

  #recordOf(url: string): string {
    return join(this.#folder, 'urls', `${createHash('sha256').update(url).digest('hex')}.json`);
  }

  async #prepare(): Promise<void> {
    await this.#saving(async () => {
      for (const folder of [this.#folder, join(this.#folder, 'urls')]) {
        await mkdir(folder, { recursive: true });
        await realPathWithin(folder, this.#within);
      }
    });
  }

  async #write(
    path: string,
    content: AsyncIterable<Uint8Array>,
    contentKind: ContentKind,
  ): Promise<{ file: string; size: number }> {
    const hash = createHash('sha256');
    const file = await this.#saving(() => open(path, 'wx'));
    try {
      let size = 0;
      let start = Buffer.alloc(0);
      for await (const chunk of content) {
        size += chunk.length;
        if (start.length < START_BYTES) {
          start = Buffer.concat([start, chunk]).subarray(0, START_BYTES);
          // Of a page or a film no more is fetched than it takes to see that.
          if (start.length === START_BYTES) formatOf(start, contentKind);
        }
        hash.update(chunk);
        await this.#saving(() => file.appendFile(chunk));
      }
      return { file: `${hash.digest('hex')}.${formatOf(start, contentKind).toLowerCase()}`, size };
    } finally {
      await file.close();
    }
  }

  /** What cannot be saved now can't be for the next image either: that stops the run. */
  async #saving<T>(save: () => Promise<T>): Promise<T> {
    try {
      return await save();
    } catch (cause) {
      const why = systemCode(cause) === 'ENOSPC' ? 'the disk is full' : toFileError(cause).message;
      throw new FashionMatchError(
        'SOURCE_UNREADABLE',
        `Images cannot be saved in ${this.#folder}: ${why}. Mend that, or run without --download-images`,
        { cause },
      );
    }
  }
}

function formatOf(start: Uint8Array, contentKind: ContentKind): string {
  const kind = contentKind(start);
  if (kind.image !== undefined) return kind.image;
  throw new ItemError('IMAGE_MISSING', `the server sent ${kind.looksLike || 'something else'} in place of an image`);
}
