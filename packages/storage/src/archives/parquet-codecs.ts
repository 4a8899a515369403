import { brotliDecompressSync, gunzipSync } from 'node:zlib';

import { decompress as unzstd } from 'fzstd';
import { snappyUncompress, type Compressors } from 'hyparquet';

import { MAX_PART_BYTES, tooLargePage } from './unreadable-parquet.js';

type Decompress = (input: Uint8Array, length: number) => Uint8Array;

/** What a page says of its length is what it gets: one that holds more than that has no other memory to fill. */
const bounded =
  (decompress: Decompress): Decompress =>
  (input, length) => {
    if (length > MAX_PART_BYTES) throw tooLargePage();
    return decompress(input, length);
  };

/** Those that Node.js 20 has, and Zstandard. */
export const CODECS: Compressors = {
  SNAPPY: bounded((input, length) => {
    const output = new Uint8Array(length);
    snappyUncompress(input, output);
    return output;
  }),
  GZIP: bounded((input, length) => gunzipSync(input, { maxOutputLength: Math.max(length, 1) })),
  BROTLI: bounded((input, length) => brotliDecompressSync(input, { maxOutputLength: Math.max(length, 1) })),
  ZSTD: bounded((input, length) => unzstd(input, new Uint8Array(length))),
};

export const isKnownCodec = (codec: string | undefined): boolean =>
  codec === undefined || codec === 'UNCOMPRESSED' || Object.hasOwn(CODECS, codec);
