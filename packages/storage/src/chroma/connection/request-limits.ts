/** What is counted in a request. */
export type Limit =
  /** Records that are written or removed. */
  | 'records'
  /** Rows that are read. */
  | 'rows'
  | 'neighbours'
  /** Comparisons of a filter; the values of an `$in` are one. */
  | 'conditions'
  /** Bytes of a text that a filter compares with, in UTF-8. */
  | 'valueBytes'
  /** Bytes of an id in UTF-8. */
  | 'idBytes'
  /** Bytes of a text in a row's metadata. */
  | 'textBytes';

/**
 * What a server calls them: `UsageType` in `rust/frontend/src/quota/mod.rs` of https://github.com/chroma-core/chroma,
 * 2026-11. What is said of a collection's own metadata is of no concern to its rows.
 */
const LIMITS: Readonly<Partial<Record<string, Limit>>> = {
  'Number of records': 'records',
  'Limit value': 'rows',
  'Number of IDs to filter by in a query': 'rows',
  'Number of results': 'neighbours',
  'Number of where clause predicates': 'conditions',
  'Size of where clause value (bytes)': 'valueBytes',
  'ID size (bytes)': 'idBytes',
  'Size of metadata dictionary value (bytes)': 'textBytes',
};

const REFUSAL =
  /'(?<usage>[^']+)' exceeded quota limit for action '(?:Add|Update|Upsert|Get|Delete|Query)': current usage of \d+ exceeds limit of (?<limit>\d+)/;

/**
 * What a server takes at once, as far as is known: it says how many records, and the rest only when it refuses a request.
 * Kept with the connection, so that each is refused once.
 */
export class RequestLimits {
  readonly #limits: Record<Limit, number>;
  #lessons = 0;

  /** @param records that it says it takes; Chroma Cloud says 1,000 and takes 300. */
  constructor(records: number) {
    this.#limits = {
      records,
      rows: Infinity,
      neighbours: Infinity,
      conditions: Infinity,
      valueBytes: Infinity,
      idBytes: Infinity,
      textBytes: Infinity,
    };
  }

  /** Infinity where none is known. */
  of(limit: Limit): number {
    return this.#limits[limit];
  }

  /** Grows with each refusal that told something new: what was refused may be taken in another form. */
  get lessons(): number {
    return this.#lessons;
  }

  /** @param refusal what the server said. */
  learn(refusal: string): void {
    const { usage = '', limit: told = '' } = REFUSAL.exec(refusal)?.groups ?? {};
    const [limit, value] = [LIMITS[usage], Number(told)];
    if (limit === undefined || value < 1 || value >= this.#limits[limit]) return;
    this.#limits[limit] = value;
    this.#lessons++;
  }
}
