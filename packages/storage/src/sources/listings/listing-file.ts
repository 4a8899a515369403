import { isUtf8 } from 'node:buffer';
import { extname } from 'node:path';

import { ItemError } from '@fashionmatch/domain';

import { openRegularFile, readBytes, readRegularFile, type SafeReadOptions } from '../../files/safe-open.js';
import { csvRecords } from './csv-records.js';
import { decodedText, linesOfText, markedEncoding } from './decoded-text.js';
import { feedRecords } from './feed-records.js';
import { listingsOf } from './json-listings.js';
import { parseJson } from './json-text.js';
import { isNothing, isRecord } from './reading.js';

export type ListingFormat = 'JSON' | 'JSON Lines' | 'CSV' | 'TSV' | 'feed';

export interface ListingFile {
  readonly format: ListingFormat;
  /** Of a JSON object, what stands in it besides its listings. */
  readonly header: Readonly<Record<string, unknown>>;
  /** One after the other; an ItemError stands for one that cannot be read. Ends with an ItemError when the rest cannot. */
  readonly records: AsyncIterable<unknown> | Iterable<unknown>;
  /** How many there are, where that is known before they are read. */
  readonly count?: number;
  /** When the file was written, in milliseconds since the epoch. */
  readonly mtimeMs: number;
  /** Known when all has been read: `utf-8` unless the file is in another one. */
  readonly encoding: () => string;
}

export interface ListingFileOptions extends SafeReadOptions {
  /** Tells a listing from other objects; what stands in a table needs less to be one. */
  readonly isListing: (record: Readonly<Record<string, unknown>>, inTable?: boolean) => boolean;
}

/** What a file is read as, by the end of its name. Others are told by how they begin. */
const FORMATS: Readonly<Record<string, 'json' | 'lines' | 'table' | 'feed'>> = {
  '.json': 'json',
  '.jsonl': 'lines',
  '.ndjson': 'lines',
  '.jl': 'lines',
  '.csv': 'table',
  '.tsv': 'table',
  '.tab': 'table',
  '.xml': 'feed',
  '.rss': 'feed',
  '.atom': 'feed',
};

/** Whether a file's name is one of listings. */
export function isListingName(name: string): boolean {
  return Object.hasOwn(FORMATS, extname(name).toLowerCase());
}

const HEAD_BYTES = 64 * 2 ** 10;
const MAX_LINE_LENGTH = 2 ** 20;

/**
 * Opens a file of listings. Tables, feeds and JSON Lines are read a piece at a time, JSON whole. Undefined for a file of
 * something else, such as a scraper's cookies.
 *
 * @throws ItemError `BATCH_INVALID`, or as `readRegularFile` does.
 */
export async function openListingFile(path: string, options: ListingFileOptions): Promise<ListingFile | undefined> {
  const { head, mtimeMs } = await readHead(path, options);
  const format = formatOf(path, head);
  const { within, isListing } = options;
  if (format === 'json') {
    const { bytes, encoding } = inUtf8(await readRegularFile(path, options));
    const content = parseJson(bytes);
    const records = listingsOf(content, isListing);
    if (records === undefined) return undefined;
    const header = isRecord(content) ? content : {};
    return { format: 'JSON', header, records, count: records.length, mtimeMs, encoding: () => encoding };
  }
  const { texts, encoding } = decodedText(path, within, format === 'feed' ? declaredEncoding(head) : undefined);
  const shared = { header: {}, mtimeMs, encoding };
  if (format === 'lines') {
    const first = firstLine(head);
    return first !== undefined && listingsOf([first], isListing) === undefined
      ? undefined
      : { format: 'JSON Lines', records: jsonLines(texts, isListing), ...shared };
  }
  if (format === 'feed') return { format: 'feed', records: feedRecords(texts), ...shared };
  const { delimiter, columns, records } = csvRecords(head, texts);
  if (!isListing(Object.fromEntries(columns.map((column) => [column, column])), true)) return undefined;
  return { format: delimiter === '\t' ? 'TSV' : 'CSV', records, ...shared };
}

interface Head {
  /** The beginning of the file; characters that the piece ends within are left out. */
  readonly head: string;
  readonly mtimeMs: number;
}

async function readHead(path: string, { within }: SafeReadOptions): Promise<Head> {
  const { file } = await openRegularFile(path, within);
  try {
    const [bytes, { mtimeMs }] = [await readBytes(file, 0, HEAD_BYTES), await file.stat()];
    if (bytes.length === 0) throw new ItemError('BATCH_INVALID', 'the file is empty');
    return { head: decodedHead(bytes), mtimeMs };
  } finally {
    await file.close();
  }
}

/** The names of columns stand in it, so it has to be decoded as the file will be. */
function decodedHead(bytes: Buffer): string {
  const encoding = markedEncoding(bytes) ?? 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: true });
  } catch {
    // A feed has names in ASCII, and says itself what it is in.
    return new TextDecoder(encoding === 'utf-8' ? 'windows-1252' : encoding).decode(bytes, { stream: true });
  }
}

function formatOf(path: string, head: string): 'json' | 'lines' | 'table' | 'feed' {
  const named = FORMATS[extname(path).toLowerCase()];
  const start = head.trimStart();
  if (named === undefined && start.startsWith('<')) return 'feed';
  // Scrapers write JSON Lines under the name of JSON as well.
  const isJson = named === 'json' || (named === undefined && /^[[{]/.test(start));
  if (isJson)
    return start.startsWith('{') && /\}\r?\n\s*\{/.test(start) && firstLine(head) !== undefined ? 'lines' : 'json';
  return named ?? 'table';
}

/** The object in the first line, where there is one and the line is whole. */
function firstLine(head: string): Readonly<Record<string, unknown>> | undefined {
  const line = /^\s*([^\r\n]+)/.exec(head)?.[1];
  try {
    const content = line === undefined ? undefined : parseJson(Buffer.from(line));
    return isRecord(content) ? content : undefined;
  } catch {
    // Cut, or of a document that goes on below: whoever reads it all says so.
    return undefined;
  }
}

function inUtf8(bytes: Buffer): { readonly bytes: Buffer; readonly encoding: string } {
  const encoding = markedEncoding(bytes) ?? (isUtf8(bytes) ? 'utf-8' : 'windows-1252');
  if (encoding !== 'utf-8') return { bytes: Buffer.from(new TextDecoder(encoding).decode(bytes)), encoding };
  return { bytes: bytes[0] === 0xef ? bytes.subarray(3) : bytes, encoding };
}

function declaredEncoding(head: string): string | undefined {
  return /^\s*<\?xml[^>]*\sencoding\s*=\s*["']([\w.:-]+)["']/.exec(head.slice(0, 1_000))?.[1];
}

async function* jsonLines(texts: AsyncIterable<string>, isListing: ListingFileOptions['isListing']): AsyncGenerator {
  for await (const line of linesOfText(texts, MAX_LINE_LENGTH)) {
    if (line === undefined) {
      yield new ItemError('LISTING_INVALID', 'the line is longer than a listing can be');
    } else if (!isNothing(line)) {
      const parsed = parsedLine(line);
      yield* listingsOf([parsed], isListing) ?? [parsed];
    }
  }
}

function parsedLine(line: string): unknown {
  try {
    return parseJson(Buffer.from(line));
  } catch (cause) {
    if (!(cause instanceof ItemError)) throw cause;
    return new ItemError('LISTING_INVALID', 'the line is no valid JSON', { cause, value: cause.value });
  }
}
