import { isAscii } from 'node:buffer';

import { ItemError } from '@fashionmatch/domain';

import { openRegularFile, readBytes, type AllowedFolders } from '../../files/safe-open.js';

const CHUNK_BYTES = 64 * 2 ** 10;

export interface DecodedText {
  /** Opens the file when the first is asked for. */
  readonly texts: AsyncIterable<string>;
  /** Such as `utf-8`; of a file that is not what it seemed, known only when it has been read. */
  readonly encoding: () => string;
}

/**
 * A file as text, a piece at a time: in the encoding of its byte order mark or the one that is named, else in UTF-8. One
 * that has only ASCII up to a place that is no UTF-8 is taken as Windows-1252, of which Latin-1 is a part.
 *
 * @param named A label as XML and HTML have it.
 */
export function decodedText(path: string, within: AllowedFolders, named?: string): DecodedText {
  let encoding = 'utf-8';
  async function* texts(): AsyncGenerator<string> {
    const { file } = await openRegularFile(path, within);
    try {
      const marked = markedEncoding(await readBytes(file, 0, 4));
      encoding = marked ?? knownLabel(named) ?? 'utf-8';
      let decoder = new TextDecoder(encoding, { fatal: true });
      let onlyAscii = marked === undefined && encoding === 'utf-8';
      for (let offset = 0; ; offset += CHUNK_BYTES) {
        const chunk = await readBytes(file, offset, CHUNK_BYTES);
        const stream = chunk.length === CHUNK_BYTES;
        let text: string;
        try {
          text = decoder.decode(chunk, { stream });
        } catch (cause) {
          if (!onlyAscii) throw new ItemError('BATCH_INVALID', `the file has bytes that are no ${encoding}`, { cause });
          encoding = 'windows-1252';
          decoder = new TextDecoder(encoding);
          text = decoder.decode(chunk, { stream });
        }
        onlyAscii &&= isAscii(chunk);
        yield text;
        if (!stream) return;
      }
    } finally {
      await file.close();
    }
  }
  return { texts: texts(), encoding: () => encoding };
}

/** By the byte order mark, or where the zeros stand that UTF-16 has beside ASCII. */
export function markedEncoding([first, second, third, fourth]: Uint8Array): string | undefined {
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  // Without a mark: of two bytes of a tag, a bracket or a letter, one is 0.
  if (first === 0 && second !== 0 && third === 0 && fourth !== 0) return 'utf-16be';
  return first !== 0 && second === 0 && third !== 0 && fourth === 0 ? 'utf-16le' : undefined;
}

function knownLabel(label: string | undefined): string | undefined {
  if (label === undefined || /^utf-?16/i.test(label)) return undefined;
  try {
    return new TextDecoder(label).encoding;
  } catch (cause) {
    throw new ItemError('BATCH_INVALID', 'the file is in an encoding that is not known', {
      cause,
      value: label.slice(0, 60),
    });
  }
}

/** The lines of a text, without their ends; one of more than `maxLength` is undefined. */
export async function* linesOfText(
  texts: AsyncIterable<string>,
  maxLength: number,
): AsyncGenerator<string | undefined> {
  let line = '';
  let tooLong = false;
  for await (const text of texts) {
    const [rest = '', ...later] = text.split('\n');
    for (let piece = rest, next = 0; ; next++) {
      tooLong ||= line.length + piece.length > maxLength;
      // Of what is too long, only that it is so is kept.
      line = tooLong ? '' : line + piece;
      if (next >= later.length) break;
      yield tooLong ? undefined : line.replace(/\r$/, '');
      [line, tooLong, piece] = ['', false, later[next] ?? ''];
    }
  }
  if (tooLong || line !== '') yield tooLong ? undefined : line;
}
