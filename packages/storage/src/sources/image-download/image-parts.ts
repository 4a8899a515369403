import { createHash } from 'node:crypto';
import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { findListingImage } from '../listing-image.js';
import { readRegularFile, type AllowedFolders } from '../../files/safe-open.js';

/** An address has at most 8,000 characters, which JSON may write as six each. */
export const MAX_RECORD_BYTES = 64 * 1024;

/** Nobody comes back for the rest after so long, in milliseconds. */
const KEPT_MS = 30 * 24 * 3_600_000;

const versionSchema = z.object({ url: z.string(), validator: z.string().regex(/^[\x20-\x7e]{1,1000}$/) });

/** One state of an image on its server, the rest of which can be asked for. */
export interface ImageVersion {
  /** Where it came from, after all redirects. */
  readonly url: string;
  /** Its `ETag`, or when it was last modified: what `If-Range` takes. */
  readonly validator: string;
}

/** The beginning of an image. */
export interface ImagePart extends ImageVersion {
  /** Bytes. */
  readonly size: number;
}

/**
 * What has come of images that are not whole yet. A file is of one version, so that whoever writes to it writes the same
 * bytes at the same place.
 */
export class ImageParts {
  readonly folder: string;
  readonly #within: AllowedFolders;

  constructor(folder: string, within: AllowedFolders) {
    this.folder = folder;
    this.#within = within;
  }

  /** What an earlier attempt has got of the image behind an address. */
  async find(address: string): Promise<ImagePart | undefined> {
    try {
      const { url, validator } = await this.#recorded(address);
      const path = this.#pathOf(address, { url, validator });
      const { size } = await findListingImage(path, { bases: [], within: this.#within });
      return size > 0 ? { url, validator, size } : undefined;
    } catch {
      // None, or none that could be used.
      return undefined;
    }
  }

  /** The path for the bytes of a version; another one is forgotten. */
  async begin(address: string, version: ImageVersion): Promise<string> {
    const path = this.#pathOf(address, version);
    const before = await this.find(address);
    if (before && this.#pathOf(address, before) !== path) await this.forget(address);
    await rm(this.#recordOf(address), { force: true });
    await writeFile(this.#recordOf(address), JSON.stringify(version), { flag: 'wx' });
    return path;
  }

  async forget(address: string): Promise<void> {
    const version = await this.#recorded(address).catch(() => undefined);
    if (version) await rm(this.#pathOf(address, version), { force: true });
    await rm(this.#recordOf(address), { force: true });
  }

  /** Removes what has lain there for long. */
  async tidy(): Promise<void> {
    for (const name of await readdir(this.folder)) {
      const path = join(this.folder, name);
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
      if (Date.now() - mtimeMs > KEPT_MS) await rm(path, { force: true });
    }
  }

  async #recorded(address: string): Promise<ImageVersion> {
    const options = { within: this.#within, maxBytes: MAX_RECORD_BYTES };
    const record = await readRegularFile(this.#recordOf(address), options);
    return versionSchema.parse(JSON.parse(record.toString()));
  }

  #recordOf(address: string): string {
    return join(this.folder, `${digest(address)}.json`);
  }

  #pathOf(address: string, { url, validator }: ImageVersion): string {
    return join(this.folder, `${digest([address, url, validator].join('\n'))}.part`);
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
