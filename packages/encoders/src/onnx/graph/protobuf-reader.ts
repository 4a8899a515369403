import type { FileHandle } from 'node:fs/promises';

/** A text, a message or bytes within a message: all that has a length. */
export interface ProtobufField {
  readonly number: number;
  /** Where it begins in the file, where its content does, and where it ends. */
  readonly start: number;
  readonly contentStart: number;
  readonly end: number;
}

/** Bytes of the longest tag, with the longest number after it. */
const LONGEST_HEAD = 20;

/** What lies between two large fields is short. */
const WINDOW_BYTES = 8192;

/** No name or path is longer. */
const MAX_TEXT_BYTES = 4096;

const MALFORMED = 'it is damaged, or something else';

/**
 * Reads a file in the wire format of protocol buffers field by field, a few kilobytes at a time: large fields are
 * stepped over, not read.
 */
export class ProtobufReader {
  readonly #file: FileHandle;
  readonly #size: number;
  #window = Buffer.alloc(0);
  #windowStart = 0;
  #position = 0;

  constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.#size = size;
  }

  /**
   * The fields that have a length, of a message that ends at `messageEnd`. While one is looked at, its content can be read,
   * as {@link fields} of a message or as {@link text}; what is left of it is stepped over, as fields without a length are.
   *
   * @param onNumber is told of whole numbers on the way.
   * @throws Error when there are no fields.
   */
  async *fields(messageEnd: number, onNumber?: (field: number, value: number) => void): AsyncGenerator<ProtobufField> {
    while (this.#position < messageEnd) {
      if (this.#position + LONGEST_HEAD > this.#windowStart + this.#window.length) await this.#fill(WINDOW_BYTES);
      const start = this.#position;
      const tag = this.#number();
      const [number, wireType] = [Math.floor(tag / 8), tag % 8];
      if (wireType === 0) {
        const value = this.#number();
        onNumber?.(number, value);
      } else if (wireType === 1) this.#position += 8;
      else if (wireType === 5) this.#position += 4;
      else if (wireType !== 2 || number === 0) throw new Error(MALFORMED);
      else {
        const length = this.#number();
        const end = this.#position + length;
        if (end > messageEnd) throw new Error(MALFORMED);
        yield { number, start, contentStart: this.#position, end };
        this.#position = end;
      }
    }
    if (this.#position > messageEnd) throw new Error(MALFORMED);
  }

  async text({ end }: ProtobufField): Promise<string> {
    if (end - this.#position > MAX_TEXT_BYTES) throw new Error(MALFORMED);
    if (end > this.#windowStart + this.#window.length) await this.#fill(MAX_TEXT_BYTES);
    const text = this.#window.toString('utf8', this.#position - this.#windowStart, end - this.#windowStart);
    this.#position = end;
    return text;
  }

  async #fill(bytes: number): Promise<void> {
    const length = Math.max(0, Math.min(bytes, this.#size - this.#position));
    const { bytesRead, buffer } = await this.#file.read(Buffer.alloc(length), 0, length, this.#position);
    this.#window = buffer.subarray(0, bytesRead);
    this.#windowStart = this.#position;
  }

  #number(): number {
    let value = 0;
    for (let place = 1; place < 2 ** 70; place *= 128) {
      const byte = this.#window[this.#position++ - this.#windowStart];
      if (byte === undefined) throw new Error(MALFORMED);
      value += (byte & 127) * place;
      if (byte < 128) return value;
    }
    throw new Error(MALFORMED);
  }
}
