import { TransientFault, tooLarge } from './download-fault.js';
import type { ImagePart, ImageVersion } from './image-parts.js';

/** Headers of an answer, in small letters. */
type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** What an answer brings of an image. */
export interface ImageContent {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Bytes before the first of them, which are here already. */
  readonly after: number;
  /** By which the rest can be asked for, should it break off; undefined where the server offers nothing. */
  readonly version: ImageVersion | undefined;
}

/** Asks for what is missing, or for all of it when it has changed meanwhile (RFC 9110, 13.1.5). */
export function rangeHeaders(part: ImagePart | undefined): Readonly<Record<string, string>> {
  return part === undefined ? {} : { range: `bytes=${String(part.size)}-`, 'if-range': part.validator };
}

/** Whether a partial answer is the rest of what is here; whoever only says so may send another image. */
export function continues(part: ImagePart, headers: Headers): boolean {
  const { etag, 'last-modified': lastModified } = headers;
  const isSame = part.validator.startsWith('"')
    ? etag === part.validator
    : lastModified === undefined || lastModified === part.validator;
  return isSame && rangeOf(headers)?.start === part.size;
}

function rangeOf({ 'content-range': range }: Headers): { start: number; total: number | undefined } | undefined {
  const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(typeof range === 'string' ? range : '') ?? [];
  return start === undefined ? undefined : { start: Number(start), total: total === '*' ? undefined : Number(total) };
}

/** @throws ItemError when the whole is larger than `maxBytes`. */
export function contentOf(
  url: string,
  { headers, body }: { readonly headers: Headers; readonly body: AsyncIterable<Uint8Array> },
  after: number,
  maxBytes: number,
): ImageContent {
  const total = after > 0 ? rangeOf(headers)?.total : undefined;
  const length = after + Number(headers['content-length'] ?? 0);
  if (length > maxBytes || (total ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const validator = validatorOf(headers);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    let size = after;
    for await (const chunk of body) {
      size += chunk.length;
      if (size > maxBytes) throw tooLarge(maxBytes);
      yield chunk;
    }
    if (total !== undefined && size !== total) throw new TransientFault('the server sent fewer bytes than it said');
  }
  return { chunks: chunks(), after, version: validator === undefined ? undefined : { url, validator } };
}

/** A date is one only where no second version can have the same one: a minute later (RFC 9110, 8.8.2.2). */
const DATE_IS_STRONG_MS = 60_000;

/** What identifies the very bytes of an answer. */
function validatorOf({ etag, 'last-modified': lastModified, date }: Headers): string | undefined {
  if (typeof etag === 'string' && /^"[\x21\x23-\x7e]{1,500}"$/.test(etag)) return etag;
  if (typeof lastModified !== 'string' || typeof date !== 'string') return undefined;
  return Date.parse(date) - Date.parse(lastModified) >= DATE_IS_STRONG_MS ? lastModified : undefined;
}
