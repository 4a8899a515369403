import { ItemError } from '@fashionmatch/domain';
import Papa from 'papaparse';

import { emptyRecord } from './reading.js';

/** Characters of one row. A longer one is a quotation mark that nobody closed. */
const MAX_ROW_LENGTH = 2 ** 20;

const MAX_COLUMNS = 1_000;

/** In the order in which they win when they occur as often. */
const DELIMITERS = ['\t', ';', ',', '|'];

export interface CsvRecords {
  readonly delimiter: string;
  /** Their names, in the first row. */
  readonly columns: readonly string[];
  /** One object a row, with its values by the names of their columns. */
  readonly records: AsyncIterable<unknown>;
}

/**
 * Reads a table whose first row names its columns.
 *
 * A row with more values than columns has its surplus in the last one, as unquoted commas in a title come to. Rows before
 * the names are passed over: empty ones, `sep=;` as spreadsheets have it, and comments, `# …`.
 *
 * @param head The beginning of the same text, with the first row whole.
 * @throws ItemError `BATCH_INVALID`
 */
export function csvRecords(head: string, texts: AsyncIterable<string>): CsvRecords {
  const delimiter = /^\ufeff?\s*sep=(.)/i.exec(head)?.[1] ?? delimiterOf(head);
  const newline = head.includes('\r\n') ? '\r\n' : head.includes('\n') ? '\n' : '\r';
  const config: Papa.ParseConfig = { delimiter, newline };
  const rowsOfHead = parse(head, { ...config, preview: MOST_BEFORE + 1 }, false).data;
  const before = Math.max(
    0,
    rowsOfHead.findIndex((row) => !isBeforeNames(row)),
  );
  const first = rowsOfHead[before] ?? [];
  if (first.length > MAX_COLUMNS) {
    throw new ItemError('BATCH_INVALID', `the table has more than ${String(MAX_COLUMNS)} columns`);
  }
  const columns = first.map((name) => name.replace(/^\ufeff/, '').trim());
  async function* records(): AsyncGenerator {
    let place = 0;
    for await (const some of rows(texts, config)) {
      for (const row of some) {
        if (place++ > before && row.some((value) => value !== '')) yield toRecord(columns, row, delimiter);
      }
    }
  }
  return { delimiter, columns, records: records() };
}

/** Rows before the names of the columns. */
const MOST_BEFORE = 20;

function isBeforeNames(row: readonly string[]): boolean {
  const [first = ''] = row;
  return row.every((value) => value.trim() === '' || value.startsWith('#')) || /^\ufeff?sep=/i.test(first);
}

function delimiterOf(head: string): string {
  const line = /^\s*((?:"[^"]*"|[^"\r\n])*)/.exec(head)?.[1] ?? '';
  const unquoted = line.replace(/"[^"]*"/g, '');
  const counts = DELIMITERS.map((delimiter) => unquoted.split(delimiter).length);
  const most = Math.max(...counts);
  return most === 1 ? ',' : (DELIMITERS[counts.indexOf(most)] ?? ',');
}

/** Every row has every column, so that they all look the same; columns with one name are a list. */
function toRecord(columns: readonly string[], row: readonly string[], delimiter: string): Record<string, unknown> {
  const record = emptyRecord();
  for (const [i, name] of columns.entries()) {
    const isLast = i === columns.length - 1;
    const value = isLast && row.length > columns.length ? row.slice(i).join(delimiter) : (row[i] ?? '');
    const before = record[name];
    if (before === undefined) record[name] = value;
    else if (Array.isArray(before)) before.push(value);
    else record[name] = [before, value];
  }
  return record;
}

/** Many at a time, which takes less than one after the other. */
async function* rows(texts: AsyncIterable<string>, config: Papa.ParseConfig): AsyncGenerator<string[][]> {
  let rest = '';
  for await (const text of texts) {
    rest += text;
    const { data, meta } = parse(rest, config, true);
    yield data;
    rest = rest.slice(meta.cursor);
    if (rest.length > MAX_ROW_LENGTH) {
      throw new ItemError('BATCH_INVALID', 'a row has no end: a quotation mark is not closed', {
        value: rest.slice(0, 60),
      });
    }
  }
  const { data, errors } = parse(rest, config, false);
  const cut = errors.some(({ code }) => code === 'MissingQuotes');
  yield cut ? data.slice(0, -1) : data;
  if (cut)
    throw new ItemError('BATCH_INVALID', 'the file breaks off inside of quotation marks', { value: rest.slice(0, 60) });
}

function parse(text: string, config: Papa.ParseConfig, ignoreLastRow: boolean): Papa.ParseResult<string[]> {
  const result: unknown = new Papa.Parser(config).parse(text, 0, ignoreLastRow);
  if (!isResult(result)) throw new TypeError('papaparse gave no rows');
  return result;
}

function isResult(result: unknown): result is Papa.ParseResult<string[]> {
  return typeof result === 'object' && result !== null && 'data' in result && 'meta' in result && 'errors' in result;
}
