/** A value that stands in a listing and says nothing that could be kept. */
export const UNUSABLE = Symbol('unusable');

/** What became of a value: something, undefined where there is none, or {@link UNUSABLE}. */
export type Reading<T> = T | undefined | typeof UNUSABLE;

/** What programs write where they know nothing, such as pandas and Python's `str(None)`. */
const NOTHING = new Set(['', 'NaN', 'nan', 'NAN', 'None', 'null', 'NULL', 'undefined', 'N/A', 'n/a', '<NA>']);

export function isNothing(value: unknown): boolean {
  if (typeof value === 'string') return NOTHING.has(value.trim());
  return value === undefined || value === null || (typeof value === 'number' && !Number.isFinite(value));
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** With nothing in its prototype, so that no key is that of one. Without any it would take twice as long to read. */
export function emptyRecord(): Record<string, unknown> {
  return new EmptyRecord();
}

class EmptyRecord {
  [key: string]: unknown;
}
Object.setPrototypeOf(EmptyRecord.prototype, null);
Reflect.deleteProperty(EmptyRecord.prototype, 'constructor');

/** The own value of a key, and never one of the prototype. */
export function ownValue(record: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** The first of some keys under which there is anything. */
export function firstOf(record: Readonly<Record<string, unknown>>, keys: readonly string[]): unknown {
  for (const key of keys) {
    const value = ownValue(record, key);
    if (!isNothing(value)) return value;
  }
  return undefined;
}

/** Tables have lists and objects as text: in JSON, or as Python prints them. */
export function unquoted(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*(?:\[.*\]|\{.*\})\s*$/s.test(value)) return value;
  for (const read of [(text: string) => text, fromPython]) {
    try {
      const parsed: unknown = JSON.parse(read(value));
      return parsed;
    } catch {
      // Then it is the other, or a text.
    }
  }
  return value;
}

const PYTHON_WORDS: Readonly<Record<string, string>> = { None: 'null', nan: 'null', True: 'true', False: 'false' };

/** A Python literal as JSON: its strings have either quotation mark around them, `'Levi\'s'` or `"Levi's"`. */
function fromPython(text: string): string {
  return text.replace(
    /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|\b(?:None|True|False|nan)\b/gs,
    (word, single?: string, double?: string) => {
      const content = single ?? double;
      return content === undefined
        ? (PYTHON_WORDS[word] ?? word)
        : JSON.stringify(content.replace(/\\(['"\\])/g, '$1'));
    },
  );
}
