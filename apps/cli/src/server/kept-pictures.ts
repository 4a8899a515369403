/** Some thousands of pictures, of about 10 KB each. */
const MAX_BYTES = 32 * 1024 * 1024;

/** What was drawn, by the content that it was drawn of. Those that were looked at longest ago make room for others. */
export class KeptPictures {
  readonly #maxBytes: number;
  /** In the order in which they were last looked at. */
  readonly #pictures = new Map<string, Uint8Array>();
  readonly #drawing = new Map<string, Promise<Uint8Array>>();
  #bytes = 0;

  constructor(maxBytes: number = MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /**
   * The picture of a content, drawn once however many ask at a time.
   *
   * @param content its hash; what has none is drawn each time.
   * @throws what `draw` throws; the next one draws again.
   */
  async of(content: string, draw: () => Promise<Uint8Array>): Promise<Uint8Array> {
    if (content === '') return draw();
    const known = this.#pictures.get(content);
    if (known) {
      this.#pictures.delete(content);
      this.#pictures.set(content, known);
      return known;
    }
    const drawing = this.#drawing.get(content) ?? this.#draw(content, draw);
    this.#drawing.set(content, drawing);
    return drawing;
  }

  async #draw(content: string, draw: () => Promise<Uint8Array>): Promise<Uint8Array> {
    try {
      const picture = await draw();
      this.#keep(content, picture);
      return picture;
    } finally {
      this.#drawing.delete(content);
    }
  }

  #keep(content: string, picture: Uint8Array): void {
    this.#pictures.set(content, picture);
    this.#bytes += picture.byteLength;
    for (const [oldest, { byteLength }] of this.#pictures) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#pictures.delete(oldest);
      this.#bytes -= byteLength;
    }
  }
}
