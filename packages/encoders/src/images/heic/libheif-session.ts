import type { LibHeif } from 'libheif-js/libheif-wasm/libheif-bundle.mjs';

/** What libheif has to say about a file. */
export class LibHeifError extends Error {
  readonly code: number;
  readonly subcode: number;

  constructor(code: number, subcode: number, message: string) {
    super(message);
    this.code = code;
    this.subcode = subcode;
  }
}

/** Room for any struct of 12 bytes or fewer that libheif returns: an error, a pointer, a length. */
const SLOT_BYTES = 16;

/** Calls into libheif while one file is read. Whatever they took is given back at the end, the latest first. */
export class LibHeifSession implements Disposable {
  readonly lib: LibHeif;
  readonly #cleanups: (() => void)[] = [];
  readonly #error: number;
  readonly #out: number;

  constructor(lib: LibHeif) {
    this.lib = lib;
    this.#error = this.allocate(SLOT_BYTES);
    this.#out = this.allocate(SLOT_BYTES);
  }

  /** @param release is called with `pointer` at the end. */
  own(pointer: number, release: (pointer: number) => void): number {
    this.#cleanups.push(() => {
      release(pointer);
    });
    return pointer;
  }

  /** @returns a pointer to that many bytes of libheif's memory. */
  allocate(bytes: number): number {
    const pointer = this.lib._malloc(bytes);
    if (pointer === 0) throw new RangeError('libheif has no more memory');
    return this.own(pointer, (taken) => {
      this.lib._free(taken);
    });
  }

  /** @returns a pointer to a text of C. */
  text(text: string): number {
    const bytes = Buffer.from(`${text}\0`);
    const pointer = this.allocate(bytes.length);
    this.lib.HEAPU8.set(bytes, pointer);
    return pointer;
  }

  /** @returns so many bytes that a call writes. */
  bytes(count: number, call: (error: number, out: number) => void): Uint8Array<ArrayBuffer> {
    const pointer = this.allocate(count);
    this.check((error) => {
      call(error, pointer);
    });
    return this.lib.HEAPU8.slice(pointer, pointer + count);
  }

  /** @throws LibHeifError when the call, which is given where to write an error, has written one. */
  check(call: (error: number) => void): void {
    call(this.#error);
    const code = this.word(this.#error);
    if (code === 0) return;
    const text = this.word(this.#error + 8);
    const message = Buffer.from(this.lib.HEAPU8.subarray(text, this.lib.HEAPU8.indexOf(0, text))).toString();
    throw new LibHeifError(code, this.word(this.#error + 4), message);
  }

  /** The 32 bits that a call writes: often a pointer. */
  out(call: (error: number, out: number) => void): number {
    this.check((error) => {
      call(error, this.#out);
    });
    return this.word(this.#out);
  }

  /** 32 bits of libheif's memory. */
  word(pointer: number): number {
    return this.#view().getUint32(pointer, true);
  }

  /** Sets 64 bits of libheif's memory. */
  setLong(pointer: number, value: number): void {
    this.#view().setBigUint64(pointer, BigInt(value), true);
  }

  [Symbol.dispose](): void {
    for (const cleanup of this.#cleanups.reverse()) cleanup();
  }

  #view(): DataView {
    return new DataView(this.lib.HEAPU8.buffer);
  }
}
