import { ItemError, type StoredItem } from '@fashionmatch/domain';

import { sha256Of } from '../embedding/content-hash.js';
import type { SourceFactory } from '../dependencies.js';

/** A square that has the whole image in it; what the image does not cover is transparent. */
export interface SquareThumbnail {
  /** Pixels, from 1 on. */
  readonly edge: number;
  /** A PNG file, or edge × edge × 4 bytes of red, green, blue and alpha: of 256 colours at most, either way. */
  readonly format: 'png' | 'rgba';
}

/** A small picture of an image: a WebP, unless a square is asked for. @throws ItemError when the bytes are none. */
export type DrawThumbnail = (bytes: Uint8Array, square?: SquareThumbnail) => Promise<Uint8Array>;

export interface ThumbnailsOptions {
  readonly sources: Pick<SourceFactory, 'readImage'>;
  readonly draw: DrawThumbnail;
  /** Images in memory at once; calls beyond that wait. */
  readonly concurrency: number;
}

/** Small pictures of images, for people to look at. */
export class Thumbnails {
  readonly #sources: Pick<SourceFactory, 'readImage'>;
  readonly #draw: DrawThumbnail;
  readonly #concurrency: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor({ sources, draw, concurrency }: ThumbnailsOptions) {
    this.#sources = sources;
    this.#draw = draw;
    this.#concurrency = concurrency;
  }

  /** Of a file that the user named, or a source listed. @throws ItemError */
  ofFile(path: string): Promise<Uint8Array> {
    return this.#inTurn(async () => this.#draw(await this.#sources.readImage(path)));
  }

  /**
   * Of a stored item, as long as its file has the content that was embedded. A store can come from others, in an
   * archive: whoever names somebody's private file in it does not know its hash.
   *
   * @param square what to draw in place of a WebP.
   * @throws ItemError
   */
  ofItem(
    { provenance: { filePath, contentSha256 } }: Pick<StoredItem, 'provenance'>,
    square?: SquareThumbnail,
  ): Promise<Uint8Array> {
    return this.#inTurn(async () => {
      // Not even asked for: asking can open a connection to another machine.
      if (/^[\\/]{2}/.test(filePath)) throw new ItemError('PATH_FORBIDDEN', 'the path leads to another machine');
      const bytes = await this.#sources.readImage(filePath);
      if ((await sha256Of(bytes)) !== contentSha256) {
        throw new ItemError('IMAGE_MISSING', 'the file has changed since it was embedded');
      }
      return this.#draw(bytes, square);
    });
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#concurrency) this.#running++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      // Whoever waits takes the place over.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}
