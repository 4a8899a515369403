import { randomUUID } from 'node:crypto';
import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises';

import { FashionMatchError, reasonOf } from '@fashionmatch/domain';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'its folder does not exist',
  EACCES: 'the permission to write there is missing',
  EPERM: 'the permission to write there is missing',
  EROFS: 'nothing can be written there',
  ENOSPC: 'the disk is full',
};

/** A page on its way to disk: a file that stands at its path is replaced when the page is whole, and not before. */
export class PageFile implements AsyncDisposable {
  readonly #path: string;
  readonly #part: string;
  readonly #file: FileHandle;

  private constructor(path: string, part: string, file: FileHandle) {
    this.#path = path;
    this.#part = part;
    this.#file = file;
  }

  /** Found out before any work is done: @throws FashionMatchError `USAGE_INVALID` when it cannot be written. */
  static async open(path: string): Promise<PageFile> {
    const part = `${path}.${randomUUID().slice(0, 8)}.part`;
    try {
      const found = await stat(path).catch(() => undefined);
      if (found?.isFile() === false) throw new Error('something other than a file is there');
      return new PageFile(path, part, await open(part, 'wx'));
    } catch (cause) {
      throw unwritable(path, cause);
    }
  }

  /** Once. @throws FashionMatchError `USAGE_INVALID` when the disk does not take it; what `text` throws. */
  async write(text: AsyncIterable<string>): Promise<void> {
    for await (const piece of text) {
      await this.#file.writeFile(piece).catch((cause: unknown) => {
        throw unwritable(this.#path, cause);
      });
    }
    try {
      await this.#file.sync();
      await this.#file.close();
      await rename(this.#part, this.#path);
    } catch (cause) {
      throw unwritable(this.#path, cause);
    }
  }

  /** Leaves nothing behind of a page that did not become whole. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
    await rm(this.#part, { force: true });
  }
}

function unwritable(path: string, cause: unknown): FashionMatchError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const reason = REASONS[code] ?? reasonOf(cause);
  return new FashionMatchError('USAGE_INVALID', `The page ${path} cannot be written: ${reason}.`, { cause });
}
