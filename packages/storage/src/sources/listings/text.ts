import { cutDescription } from '@fashionmatch/domain';

import { firstOf, isNothing, isRecord, UNUSABLE, unquoted, type Reading } from './reading.js';

/** Under which objects have what people call them. */
const NAME_KEYS = [
  'title',
  'name',
  'label',
  'displayName',
  'text',
  'value',
  '#text',
  'login',
  'username',
  'slug',
  '$oid',
  'id',
];
const ADDRESS_KEYS = ['url', 'src', 'href', 'link', 'full_size_url', 'originalSrc', 'contentUrl', '#text'];
const FILE_KEYS = ['path', 'file', 'filename', 'local_path', 'src', '#text'];

const MAX_DEPTH = 4;

/** Elements of a list that are looked at: more are no photographs of one thing. */
const MAX_ELEMENTS = 1_000;

/** Reads a text: a text, a number, an object with a name, or of a list the first. */
export function readText(written: unknown): Reading<string> {
  return textAt(unquoted(written), NAME_KEYS, 0);
}

/** Reads what may be several: the elements of a list, with commas between them. */
export function readTexts(written: unknown): Reading<string> {
  const value = unquoted(written);
  if (!Array.isArray(value)) return readText(value);
  const texts = value.slice(0, MAX_ELEMENTS).map((element: unknown) => textAt(element, NAME_KEYS, 1));
  if (texts.every((text) => text === undefined)) return undefined;
  const usable = texts.filter((text) => typeof text === 'string');
  return usable.length === 0 ? UNUSABLE : usable.join(', ');
}

function textAt(value: unknown, keys: readonly string[], depth: number): Reading<string> {
  if (isNothing(value)) return undefined;
  if (typeof value === 'number') return String(value);
  // The length is bounded before anything goes through it.
  if (typeof value === 'string') return cutDescription(value).toWellFormed();
  if (depth >= MAX_DEPTH) return UNUSABLE;
  if (Array.isArray(value)) return textAt(value[0], keys, depth + 1);
  return isRecord(value) ? (textAt(firstOf(value, keys), keys, depth + 1) ?? UNUSABLE) : UNUSABLE;
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

/** Reads addresses of images: one or a list of them, as texts or in objects; in one text, `|` or spaces between them. */
export function readAddresses(written: unknown): Reading<readonly string[]> {
  return readList(written, ADDRESS_KEYS, /\s*[|\n]\s*|[\s,;]+(?=https?:)/);
}

/** Reads paths of images: one or a list of them, as texts or in objects. */
export function readPaths(written: unknown): Reading<readonly string[]> {
  return readList(written, FILE_KEYS, /\s*[|\n]\s*/);
}

function readList(written: unknown, keys: readonly string[], separator: RegExp): Reading<readonly string[]> {
  const value = unquoted(written);
  if (isNothing(value)) return undefined;
  const elements: readonly unknown[] =
    typeof value === 'string' ? value.split(separator) : Array.isArray(value) ? value : [value];
  const texts = elements
    .slice(0, MAX_ELEMENTS)
    .map((element) => (typeof element === 'number' ? UNUSABLE : textAt(element, keys, 1)));
  const usable = texts.filter((text) => typeof text === 'string');
  return usable.length > 0 || elements.length === 0 || texts.every((text) => text === undefined) ? usable : UNUSABLE;
}

/** Reads the address of a page, `www.…` included. A relative one needs to know what it is relative to. */
export function readPageAddress(written: unknown, base: string | undefined): Reading<string> {
  const text = textAt(unquoted(written), ADDRESS_KEYS, 0);
  if (typeof text !== 'string') return text;
  const address = text.trim().replace(/^(?:\/\/|(?=www\.))/i, 'https://');
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
