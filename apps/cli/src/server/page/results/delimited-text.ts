export type Row = Readonly<Record<string, unknown>>;

/** A table of all fields that the rows have, with a line for their names (RFC 4180). */
export function delimitedText(rows: readonly Row[]): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = [names.map(cell), ...rows.map((row) => names.map((name) => cell(row[name])))];
  return lines.map((cells) => `${cells.join(',')}\r\n`).join('');
}

/** What a spreadsheet would take for a formula. */
const OBEYED = /^[\s\0]*[=+\-@\t\r|]/;

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const safe = OBEYED.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
