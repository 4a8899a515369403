import { ItemError, type WorkImage } from '@fashionmatch/domain';

import { sha256Of } from '../embedding/content-hash.js';

/** The images of the jobs that are out: what workers may ask for, and nothing else. */
export class ImagesGivenOut {
  readonly #paths = new Map<string, string>();

  /** @returns what takes them back, when the job is over. */
  give(images: readonly WorkImage[]): Disposable {
    for (const { contentSha256, path } of images) this.#paths.set(contentSha256, path);
    return {
      [Symbol.dispose]: () => {
        for (const { contentSha256 } of images) this.#paths.delete(contentSha256);
      },
    };
  }

  /**
   * The bytes of one of them, which have its hash, whatever lies at its path by now; undefined for any other.
   *
   * @throws ItemError when it cannot be read, or has changed.
   */
  async read(contentSha256: string, readImage: (path: string) => Promise<Uint8Array>): Promise<Uint8Array | undefined> {
    const path = this.#paths.get(contentSha256);
    if (path === undefined) return undefined;
    const bytes = await readImage(path);
    if ((await sha256Of(bytes)) === contentSha256) return bytes;
    throw new ItemError('IMAGE_UNREADABLE', 'it has changed since it was listed: run again');
  }
}
