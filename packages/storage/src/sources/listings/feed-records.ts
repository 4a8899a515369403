import { ItemError, reasonOf } from '@fashionmatch/domain';
import { SaxesParser, type SaxesTagPlain } from 'saxes';

import { emptyRecord } from './reading.js';

/** Elements that are items: of RSS, Atom, and what shops without either write. */
const ITEM_NAMES = new Set([
  'item',
  'entry',
  'product',
  'offer',
  'listing',
  'article',
  'shopitem',
  'row',
  'record',
  'ad',
]);

const MAX_DEPTH = 32;

/** Elements and characters of one item. */
const MAX_ELEMENTS = 10_000;
const MAX_LENGTH = 2 ** 20;

/** An element that is open. */
interface OpenElement {
  readonly content: Record<string, unknown>;
  /** The full names of the elements in it, by those without prefix. */
  readonly names: Map<string, string>;
  text: string;
}

/**
 * Reads a merchant feed: RSS, Atom, or any XML with elements named `item`, `product` and the like. An item is an object
 * of its elements by their names without prefix, `g:price` as `price`.
 *
 * Entities other than those of XML itself and numbered characters are left as they are written: nothing that a document
 * type declares is ever read.
 */
export async function* feedRecords(texts: AsyncIterable<string>): AsyncGenerator {
  const reader = new FeedReader();
  for await (const text of texts) {
    reader.write(text);
    yield* reader.take();
  }
  reader.close();
  yield* reader.take();
}

class FeedReader {
  readonly #parser = new SaxesParser();
  #fault: ItemError | undefined;
  #depth = 0;
  #elements = 0;
  #length = 0;
  #open: OpenElement[] = [];
  #items: unknown[] = [];

  constructor() {
    this.#parser.on('opentag', (tag) => {
      this.#openElement(tag);
    });
    this.#parser.on('closetag', ({ name }) => {
      this.#closeElement(name);
    });
    for (const event of ['text', 'cdata'] as const) {
      this.#parser.on(event, (text) => {
        const element = this.#open.at(-1);
        if (element !== undefined) element.text += text;
      });
    }
    this.#parser.on('error', (cause) => {
      if (/undefined entity|unbound|invalid attribute|duplicate/i.test(cause.message)) return;
      this.#fault ??= new ItemError('BATCH_INVALID', 'the feed is no valid XML', { cause, value: reasonOf(cause) });
    });
  }

  write(text: string): void {
    if (this.#fault === undefined) this.#parser.write(text);
    this.#length += text.length;
    if (this.#open.length === 0) this.#length = 0;
    else if (this.#length > MAX_LENGTH) this.#fail('an item of the feed has more characters than an item can have');
  }

  close(): void {
    if (this.#fault === undefined) this.#parser.close();
  }

  /** The items that have been closed since this was last asked. @throws ItemError after those before the fault. */
  *take(): Generator {
    const items = this.#items;
    this.#items = [];
    yield* items;
    if (this.#fault !== undefined) throw this.#fault;
  }

  #fail(reason: string): void {
    this.#fault ??= new ItemError('BATCH_INVALID', reason);
  }

  #openElement({ name, attributes }: SaxesTagPlain): void {
    if (this.#fault !== undefined) return;
    if (++this.#depth > MAX_DEPTH) this.#fail(`the feed nests deeper than ${String(MAX_DEPTH)} levels`);
    const local = localName(name);
    if (this.#open.length === 0 && !ITEM_NAMES.has(local.toLowerCase())) return;
    if (this.#open.length === 0) this.#elements = 0;
    if (++this.#elements > MAX_ELEMENTS) this.#fail('an item of the feed has more elements than an item can have');
    const content = emptyRecord();
    for (const [key, value] of Object.entries(attributes))
      if (!key.startsWith('xmlns')) content[localName(key)] = value;
    this.#open.push({ content, names: new Map(), text: '' });
  }

  #closeElement(name: string): void {
    if (this.#fault !== undefined) return;
    this.#depth--;
    const element = this.#open.pop();
    if (element === undefined) return;
    const parent = this.#open.at(-1);
    if (parent === undefined) {
      this.#items.push(element.content);
      this.#length = 0;
      return;
    }
    const text = element.text.trim();
    const isPlain = Object.keys(element.content).length === 0;
    if (!isPlain && text !== '') element.content['#text'] = text;
    if (!isPlain || text !== '') add(parent, name, isPlain ? text : listOf(element.content));
  }
}

/** A list, as Scrapy writes it: `<images><value>…</value><value>…</value></images>`. */
function listOf(content: Readonly<Record<string, unknown>>): unknown {
  const [[name, value] = [''], ...others] = Object.entries(content);
  return name === 'value' && others.length === 0 ? value : content;
}

function localName(name: string): string {
  return name.slice(name.lastIndexOf(':') + 1);
}

/** Of `title` and `g:title`, which say the same, the first counts; what occurs again under the same name is a list. */
function add({ content, names }: OpenElement, name: string, value: unknown): void {
  const local = localName(name);
  const before = content[local];
  if (before === undefined) {
    names.set(local, name);
    content[local] = value;
  } else if (names.get(local) === name) {
    if (Array.isArray(before)) before.push(value);
    else content[local] = [before, value];
  }
}
