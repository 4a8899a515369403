/** A file of a corpus, and what is to become of it. */
export interface CorpusFile {
  /** Below the folder of the corpus. */
  readonly path: string;
  /** `undefined` when the table has no opinion: the file may be stored, or named as failed. */
  readonly expected: 'stored' | 'failed' | undefined;
  /** Why it is in the corpus; `''` when the table does not say. */
  readonly why: string;
}

/**
 * Reads a table of tab-separated values with one header line. Columns are found by name: `file` and
 * `expected` have to be there, `why` may be, others are ignored.
 *
 * @throws Error naming the column or the line that is missing something.
 */
export function parseCorpusTable(text: string): CorpusFile[] {
  const [header = '', ...lines] = text.replace(/^\ufeff/, '').split(/\r?\n/);
  const columns = header.split('\t').map((name) => name.trim().toLowerCase());
  for (const name of ['file', 'expected']) {
    if (!columns.includes(name)) throw new Error(`The table has no column ${name}, only ${columns.join(', ')}.`);
  }
  return lines.flatMap((line, i) => {
    if (line.trim() === '') return [];
    const cells = line.split('\t');
    const cell = (name: string): string => cells[columns.indexOf(name)]?.trim() ?? '';
    const path = cell('file');
    if (path === '') throw new Error(`Line ${String(i + 2)} of the table names no file.`);
    const expected = cell('expected').toLowerCase();
    return [
      { path, expected: expected === 'stored' || expected === 'failed' ? expected : undefined, why: cell('why') },
    ];
  });
}
