import { randomUUID } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';

import { FashionMatchError, reasonOf } from '@fashionmatch/domain';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'its folder does not exist',
  EACCES: 'the permission to write there is missing',
  EPERM: 'the permission to write there is missing',
  EROFS: 'nothing can be written there',
  ENOSPC: 'the disk is full',
};

/** A file that a command writes when its work is done: what stands at its path is replaced by the whole of it, or stays. */
export class OutputFile {
  readonly #path: string;
  readonly #part: string;
  readonly #what: string;

  private constructor(path: string, what: string) {
    this.#path = path;
    this.#part = `${path}.${randomUUID().slice(0, 8)}.part`;
    this.#what = what;
  }

  /**
   * Found out before any work is done, and nothing is left there until it is.
   *
   * @param what it is to its user, such as `page`.
   * @throws FashionMatchError `USAGE_INVALID` when it cannot be written.
   */
  static async open(path: string, what: string): Promise<OutputFile> {
    const file = new OutputFile(path, what);
    await file.#attempt(async () => {
      const found = await stat(path).catch(() => undefined);
      if (found?.isFile() === false) throw new Error('something other than a file is there');
      await (await open(file.#part, 'wx')).close();
      await rm(file.#part);
    });
    return file;
  }

  /** @throws FashionMatchError `USAGE_INVALID` when the disk does not take it; what `text` throws. */
  async write(text: AsyncIterable<string> | Iterable<string>): Promise<void> {
    try {
      const file = await this.#attempt(() => open(this.#part, 'wx'));
      try {
        for await (const piece of text) await this.#attempt(() => file.writeFile(piece));
        await this.#attempt(() => file.sync());
      } finally {
        await file.close();
      }
      await this.#attempt(() => rename(this.#part, this.#path));
    } finally {
      await rm(this.#part, { force: true });
    }
  }

  async #attempt<T>(step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
      const reason = REASONS[code] ?? reasonOf(cause);
      const message = `The ${this.#what} ${this.#path} cannot be written: ${reason}.`;
      throw new FashionMatchError('USAGE_INVALID', message, { cause });
    }
  }
}
