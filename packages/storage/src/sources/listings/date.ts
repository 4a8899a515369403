import { isNothing, isRecord, firstOf, UNUSABLE, type Reading } from './reading.js';

export interface PointInTime {
  /** ISO 8601 in UTC. */
  readonly time: string;
  /** Whether `01/05/2026` was taken as the first of May, which others write for the fifth of January. */
  readonly dayFirst?: true;
}

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ]\s*(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?$/i;

/** RFC 1123 and 2822, as HTTP and RSS have it. */
const RFC = /^(?:[a-z]{3},\s*)?\d{1,2}\s[a-z]{3}\s\d{4}\s\d\d:\d\d(?::\d\d)?\s(?:[a-z]{1,4}|[+-]\d{4})$/i;

const NUMERIC = /^(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?:,?\s+(\d{1,2}):(\d\d)(?::(\d\d))?)?$/;

/**
 * Reads a date, with or without a time; where no zone is named it is UTC.
 *
 * Numbers are seconds since 1970, milliseconds from eleven digits on, microseconds from fourteen. `01/05/2026` is the
 * first of May unless one of the numbers cannot be a month, and says so.
 */
export function readDate(value: unknown): Reading<PointInTime> {
  if (isNothing(value)) return undefined;
  if (typeof value === 'number') return fromEpoch(value);
  if (isRecord(value)) return readDate(firstOf(value, ['$date', 'date', 'iso', 'timestamp', '#text']) ?? UNUSABLE);
  if (typeof value !== 'string' || value.length > 100) return UNUSABLE;
  const text = value.trim();
  if (/^\d{9,17}(?:\.\d+)?$/.test(text)) return fromEpoch(Number(text));
  if (RFC.test(text)) return toTime(Date.parse(text));
  return fromIso(text) ?? fromNumbers(text) ?? UNUSABLE;
}

/** Smaller numbers are years, counts and days. */
const FIRST_EPOCH_SECONDS = 1e8;

function fromEpoch(number: number): Reading<PointInTime> {
  if (number < FIRST_EPOCH_SECONDS) return UNUSABLE;
  if (number < 1e11) return toTime(number * 1e3);
  return toTime(number < 1e14 ? number : number / 1e3);
}

function fromIso(text: string): Reading<PointInTime> {
  const [matched, year, month, day, hour, minute, second, fraction = '', zone] = ISO.exec(text) ?? [];
  if (matched === undefined) return undefined;
  const numbers = [year, month, day, hour, minute, second].map((part) => Number(part ?? 0));
  const milliseconds = Number(fraction.padEnd(3, '0').slice(0, 3));
  const time = utc(numbers, milliseconds);
  return time === undefined ? UNUSABLE : toTime(time - offsetOf(zone));
}

function fromNumbers(text: string): Reading<PointInTime> {
  const [matched, first = '', separator, second = '', ...rest]: readonly (string | undefined)[] =
    NUMERIC.exec(text) ?? [];
  if (matched === undefined) return undefined;
  const [a, b] = [Number(first), Number(second)];
  const [year = 0, ...clock] = rest.map((part) => Number(part ?? 0));
  const [day, month] = b > 12 && separator === '/' ? [b, a] : [a, b];
  const read = utc([year, month, day, ...clock], 0);
  if (read === undefined) return UNUSABLE;
  const time = toTime(read);
  const ambiguous = separator !== '.' && a <= 12 && b <= 12 && a !== b;
  return ambiguous && time !== UNUSABLE && time !== undefined ? { ...time, dayFirst: true } : time;
}

/** Undefined for what no calendar or clock has, such as the 30th of February. */
function utc(
  [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0]: readonly number[],
  ms: number,
): number | undefined {
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second, ms));
  const real = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  return real ? date.getTime() : undefined;
}

function offsetOf(zone = 'Z'): number {
  const [, sign, hours, minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  if (sign === undefined) return 0;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

function toTime(ms: number): Reading<PointInTime> {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? UNUSABLE : { time: date.toISOString() };
}
