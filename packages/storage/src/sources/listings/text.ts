import { cutDescription } from '@fashionmatch/domain';

import { firstOf, isList, isNothing, isRecord, UNUSABLE, unquoted, type Reading } from './reading.js';

/** Where in an object stands what is looked for: under known names, else where only its program has it, else elsewhere. */
interface Places {
  readonly known: readonly string[];
  readonly other?: (object: Readonly<Record<string, unknown>>) => unknown;
  readonly last?: readonly string[];
}

const NAMES: Places = {
  known: ['title', 'name', 'label', 'displayName', 'display', 'text', 'value', '#text', 'login', 'username'],
  // Such as `categoryName`.
  other: (object) => Object.entries(object).find(([key]) => /(?:name|title|label)$/i.test(key))?.[1],
  last: ['slug', '$oid', 'id'],
};

const ADDRESSES: Places = {
  known: ['url', 'src', 'href', 'link', 'full_size_url', 'originalSrc', 'contentUrl', 'imageUrl', '#text'],
  // Such as `url_75x75` and `url_fullxfull`, of which the largest is called so or stands last.
  other: (object) => {
    const sizes = Object.entries(object)
      .map(([key, value]: [string, unknown]) => [key, isList(value) ? value[0] : value] as const)
      .filter(([, value]) => isWebAddress(value));
    const isSmall = ([key]: (typeof sizes)[number]): boolean => /thumb|small|mini|tiny|icon/i.test(key);
    const size =
      sizes.find(([key]) => /full|orig|large|big|max|hi_?res|zoom/i.test(key)) ??
      sizes.findLast((one) => !isSmall(one)) ??
      sizes.at(-1);
    return size?.[1];
  },
};

const FILES: Places = { known: ['path', 'file', 'filename', 'local_path', 'src', '#text'] };

const MAX_DEPTH = 4;

/** Elements of a list that are looked at: more are no photographs of one thing. */
const MAX_ELEMENTS = 1_000;

/** Reads a text: a text, a number, an object with a name, or of a list the first. */
export function readText(written: unknown): Reading<string> {
  return textAt(unquoted(written), NAMES, 0);
}

/** Reads what may be several: the elements of a list, with commas between them. */
export function readTexts(written: unknown): Reading<string> {
  const value = unquoted(written);
  if (!Array.isArray(value)) return readText(value);
  const texts = value.slice(0, MAX_ELEMENTS).map((element: unknown) => textAt(element, NAMES, 1));
  if (texts.every((text) => text === undefined)) return undefined;
  const usable = texts.filter((text) => typeof text === 'string');
  return usable.length === 0 ? UNUSABLE : usable.join(', ');
}

function textAt(value: unknown, places: Places, depth: number): Reading<string> {
  if (isNothing(value)) return undefined;
  if (typeof value === 'number') return String(value);
  // The length is bounded before anything goes through it.
  if (typeof value === 'string') return cutDescription(value).toWellFormed();
  if (depth >= MAX_DEPTH) return UNUSABLE;
  if (Array.isArray(value)) return textAt(value[0], places, depth + 1);
  if (!isRecord(value)) return UNUSABLE;
  const found = firstOf(value, places.known) ?? places.other?.(value) ?? firstOf(value, places.last ?? []);
  return textAt(found, places, depth + 1) ?? UNUSABLE;
}

function isWebAddress(value: unknown): value is string {
  return typeof value === 'string' && /^(?:https?:)?\/\/|^www\./i.test(value);
}

/** Whether what stands for an image is a path on this machine, and no address of another one. */
export function isFile(image: string): boolean {
  return /^file:/i.test(image) || !/^[a-z][a-z\d+.-]+:/i.test(image);
}

/** An address whose scheme may have been left out. */
function withScheme(address: string): string {
  return address.trim().replace(/^(?:\/\/|(?=www\.))/i, 'https://');
}

/** Reads text written as HTML: without tags, with its characters. */
export function readHtml(written: unknown): Reading<string> {
  const html = readText(written);
  if (typeof html !== 'string') return html;
  const text = html
    .replace(/<(?:br|\/p|\/li|\/div|\/h\d)\b[^<>]*>/gi, '\n')
    .replace(/<\/?[a-z!][^<>]*>/gi, '')
    .replace(/&(#x?[\da-f]{1,6}|[a-z]{2,8});/gi, (entity, name: string) => characterOf(name.toLowerCase()) ?? entity)
    .replace(/[ \t]*\n\s*/g, '\n')
    .trim();
  return text === '' ? undefined : text;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

function characterOf(name: string): string | undefined {
  if (!name.startsWith('#')) return Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : undefined;
  const code = name.startsWith('#x') ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code).toWellFormed() : undefined;
}

const IMAGE_END = String.raw`\.(?:jpe?g|png|webp|avif|heic|gif|tiff?)`;
const BETWEEN_IMAGES = String.raw`[|\n]|(?<=${IMAGE_END})[,;](?=[^,;|]+${IMAGE_END})`;
const BETWEEN_FILES = new RegExp(BETWEEN_IMAGES, 'i');
const BETWEEN_ADDRESSES = new RegExp(`${BETWEEN_IMAGES}|[\\s,;](?=(?:https?:)?//)`, 'i');

/** Without commas and white space around it; an expression for them would take the square of their number. */
function withoutSeparators(piece: string): string {
  const isSeparator = (i: number): boolean => /[\s,;]/.test(piece.charAt(i));
  let [start, end] = [0, piece.length];
  while (start < end && isSeparator(start)) start++;
  while (start < end && isSeparator(end - 1)) end--;
  return piece.slice(start, end);
}

/**
 * Reads where images are: one address or path or a list of them, as texts or in objects; in one text, `|`, line ends,
 * commas or spaces between them. Pictures that are in the listing themselves are left out.
 *
 * @param base What addresses that begin with a slash are relative to.
 */
export function readAddresses(written: unknown, base?: string): Reading<readonly string[]> {
  const images = readList(written, ADDRESSES, BETWEEN_ADDRESSES);
  if (images === undefined || images === UNUSABLE) return images;
  const addresses = images
    .filter((image) => !/^data:/i.test(image))
    .map((image) => {
      const address = withScheme(image);
      return base !== undefined && address.startsWith('/') && URL.canParse(address, base)
        ? new URL(address, base).href
        : address;
    });
  return addresses.length === 0 && images.length > 0 ? UNUSABLE : addresses;
}

/** Reads paths of images: one or a list of them, as texts or in objects. */
export function readPaths(written: unknown): Reading<readonly string[]> {
  return readList(written, FILES, BETWEEN_FILES);
}

function readList(written: unknown, places: Places, separator: RegExp): Reading<readonly string[]> {
  const value = unquoted(written);
  if (isNothing(value)) return undefined;
  const elements: readonly unknown[] =
    typeof value === 'string'
      ? value.split(separator).map(withoutSeparators).filter(Boolean)
      : Array.isArray(value)
        ? value
        : [value];
  const texts = elements
    .slice(0, MAX_ELEMENTS)
    .map((element) => (typeof element === 'number' ? UNUSABLE : textAt(element, places, 1)));
  const usable = texts.filter((text) => typeof text === 'string');
  return usable.length > 0 || elements.length === 0 || texts.every((text) => text === undefined) ? usable : UNUSABLE;
}

/** Reads the address of a page, `www.…` included. A relative one needs to know what it is relative to. */
export function readPageAddress(written: unknown, base: string | undefined): Reading<string> {
  const text = textAt(unquoted(written), ADDRESSES, 0);
  if (typeof text !== 'string') return text;
  const address = withScheme(text);
  if (/^https?:\/\//i.test(address)) return URL.canParse(address) ? address : UNUSABLE;
  if (base === undefined || /^[a-z][a-z\d+.-]*:/i.test(address) || !URL.canParse(address, base)) return UNUSABLE;
  return new URL(address, base).href;
}

const TITLE_LENGTH = 60;

/** The beginning of a description, at the end of a word. */
export function firstWords(description: string): string | undefined {
  const line = description.replace(/\s+/g, ' ').trim();
  if (line.length <= TITLE_LENGTH) return line === '' ? undefined : line;
  const start = line.slice(0, TITLE_LENGTH + 1);
  const end = start.lastIndexOf(' ');
  return `${(end > 0 ? start.slice(0, end) : start.slice(0, TITLE_LENGTH)).toWellFormed()}…`;
}
