import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, rename, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

import { FashionMatchError, ItemError, type ImageFile } from '@fashionmatch/domain';
import { z } from 'zod';

import { findListingImage } from '../listing-image.js';
import { ChangedFault } from './download-fault.js';
import { ImageParts, MAX_RECORD_BYTES } from './image-parts.js';
import type { ImageContent } from './partial-content.js';
import { readBytes, readRegularFile, realPathWithin, toFileError, type AllowedFolders } from '../../files/safe-open.js';
import { systemCode } from '../../files/system-code.js';

/** What the first bytes of a file say that it is: an image's format, such as `JPEG`, or what else, in words. */
export type ContentKind = (
  start: Uint8Array,
) => { readonly image: string } | { readonly image: undefined; readonly looksLike: string };

/** Enough to tell what a file is. */
const START_BYTES = 256;

const CHUNK_BYTES = 64 * 1024;

/** Never through a link that somebody else has laid. */
const PART_FLAGS = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;

/** Says which file an address has led to. */
const recordSchema = z.object({
  url: z.string(),
  file: z.string().regex(/^[0-9a-f]{64}\.[a-z]+$/),
  size: z.int().positive(),
});

/**
 * Images that were downloaded, each under the SHA-256 of its content. Beside them stands a small file for each
 * address, under the SHA-256 of that. A file takes its place when it is whole: what is there is right. Of what broke off,
 * `parts` has the beginning.
 */
export class ImageFolder {
  readonly parts: ImageParts;
  readonly #folder: string;
  readonly #within: AllowedFolders;
  #ready: Promise<void> | undefined;

  /** @param within Neither what is found nor what is saved may lie elsewhere. */
  constructor(folder: string, within: AllowedFolders) {
    this.#folder = folder;
    this.#within = within;
    this.parts = new ImageParts(join(folder, 'parts'), within);
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
  async save(url: string, content: ImageContent, contentKind: ContentKind): Promise<ImageFile> {
    await (this.#ready ??= this.#prepare());
    const { version } = content;
    const own = join(this.parts.folder, `${randomUUID()}.part`);
    const part = version ? await this.#saving(() => this.parts.begin(url, version)) : own;
    try {
      const { file, size } = await this.#write(part, content, contentKind);
      return await this.#saving(async () => {
        // An image that is here already keeps its time, and with it all that is known of it.
        const path = join(this.#folder, file);
        if ((await stat(path).catch(() => undefined))?.size !== size) await rename(part, path);
        await writeFile(`${own}.json`, `${JSON.stringify({ url, file, size })}\n`);
        await rename(`${own}.json`, this.#recordOf(url));
        await this.parts.forget(url);
        return findListingImage(path, { bases: [], within: this.#within });
      });
    } finally {
      for (const left of [own, `${own}.json`]) await rm(left, { force: true });
    }
  }

  #recordOf(url: string): string {
    return join(this.#folder, 'urls', `${createHash('sha256').update(url).digest('hex')}.json`);
  }

  async #prepare(): Promise<void> {
    await this.#saving(async () => {
      for (const folder of [this.#folder, join(this.#folder, 'urls'), this.parts.folder]) {
        await mkdir(folder, { recursive: true });
        await realPathWithin(folder, this.#within);
      }
      await this.parts.tidy();
    });
  }

  async #write(
    path: string,
    { chunks, after }: ImageContent,
    contentKind: ContentKind,
  ): Promise<{ file: string; size: number }> {
    const hash = createHash('sha256');
    let start = Buffer.alloc(0);
    const take = (chunk: Uint8Array): void => {
      hash.update(chunk);
      if (start.length === START_BYTES) return;
      start = Buffer.concat([start, chunk]).subarray(0, START_BYTES);
      // Of a page or a film no more is fetched than it takes to see that.
      if (start.length === START_BYTES) formatOf(start, contentKind);
    };
    const file = await this.#saving(() => open(path, PART_FLAGS));
    try {
      let size = 0;
      while (size < after) {
        const chunk = await readBytes(file, size, Math.min(CHUNK_BYTES, after - size));
        if (chunk.length === 0) throw new ChangedFault();
        take(chunk);
        size += chunk.length;
      }
      for await (const chunk of chunks) {
        take(chunk);
        const place = size;
        await this.#saving(() => writeAt(file, chunk, place));
        size += chunk.length;
      }
      await this.#saving(() => file.truncate(size));
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

async function writeAt(file: FileHandle, chunk: Uint8Array, place: number): Promise<void> {
  for (let done = 0; done < chunk.length;) {
    done += (await file.write(chunk, done, chunk.length - done, place + done)).bytesWritten;
  }
}

function formatOf(start: Uint8Array, contentKind: ContentKind): string {
  const kind = contentKind(start);
  if (kind.image !== undefined) return kind.image;
  throw new ItemError('IMAGE_MISSING', `the server sent ${kind.looksLike || 'something else'} in place of an image`);
}
