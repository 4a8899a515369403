import { printable } from '../../../tables/printable.js';

export { printable };

/** The same of a text of several lines. */
export function printableLines(text: string): string {
  return text.split(/\r?\n/).map(printable).join('\n');
}
