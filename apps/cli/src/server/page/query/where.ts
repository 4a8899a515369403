import type { Filters } from '../address/address.js';

/** The filters as one expression of the filter language; '' where there is none. */
export function whereOf({ from, to, ...texts }: Filters): string {
  const tests = [
    from && `price >= ${number(from)}`,
    to && `price <= ${number(to)}`,
    ...Object.entries(texts).map(([field, text]) => text && `${field} = ${quoted(text)}`),
  ];
  return tests.filter(Boolean).join(' and ');
}

/** Whatever an address says: a number stays one, and anything else is a text that the server refuses. */
const number = (text: string): string => (/^[\d.eE+-]+$/.test(text) ? text : quoted(text));

const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
