import type { FileHandle } from 'node:fs/promises';

import { readBytes } from '../files/safe-open.js';

const CHUNK_BYTES = 64 * 2 ** 10;
const LINE_FEED = 0x0a;

/**
 * The lines of a UTF-8 file, without their ends, read a piece at a time; a line of more than `maxBytes` is
 * undefined. The file may be read elsewhere meanwhile.
 */
export async function* linesOf(file: FileHandle, maxBytes: number): AsyncGenerator<string | undefined> {
  let pieces: Buffer[] = [];
  let length = 0;
  const add = (piece: Buffer): void => {
    length += piece.length;
    // Of what is too long, only that it is so is kept.
    if (length > maxBytes) pieces = [];
    else pieces.push(piece);
  };
  const take = (): string | undefined => {
    const line = length > maxBytes ? undefined : Buffer.concat(pieces).toString();
    pieces = [];
    length = 0;
    return line;
  };
  for (let offset = 0; ; offset += CHUNK_BYTES) {
    const chunk = await readBytes(file, offset, CHUNK_BYTES);
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      add(chunk.subarray(start, end));
      yield take();
      start = end + 1;
    }
    add(chunk.subarray(start));
    if (chunk.length < CHUNK_BYTES) break;
  }
  if (length > 0) yield take();
}

/** How many lines {@link linesOf} gives. */
export async function countLines(file: FileHandle): Promise<number> {
  let count = 0;
  let lastByte = LINE_FEED;
  for (let offset = 0; ; offset += CHUNK_BYTES) {
    const chunk = await readBytes(file, offset, CHUNK_BYTES);
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, at + 1)) count++;
    lastByte = chunk.at(-1) ?? lastByte;
    if (chunk.length < CHUNK_BYTES) break;
  }
  return lastByte === LINE_FEED ? count : count + 1;
}
