import { isNothing, isRecord, firstOf, UNUSABLE, type Reading } from './reading.js';

export interface PointInTime {
  /** ISO 8601 in UTC. */
  readonly time: string;
  /** Whether `01/05/2026` was taken as the first of May, which others write for the fifth of January. */
  readonly dayFirst?: true;
}

const ZONE = String.raw`(Z|(?:UTC|GMT)?(?:[+-]\d\d(?::?\d\d)?)?)`;

const ISO = new RegExp(
  String.raw`^(\d{4})[-/.](\d\d)[-/.](\d\d)(?:[T ]\s*(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*${ZONE})?$`,
  'i',
);

/** ISO 8601 without separators: `20250115`, `20250115T143022Z`. */
const COMPACT = /^((?:19|20)\d\d)(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d))?(Z?)$/i;

/** RFC 1123 and 2822, as HTTP and RSS have it. */
const RFC = /^(?:[a-z]{3},\s*)?\d{1,2}\s[a-z]{3}\s\d{4}\s\d\d:\d\d(?::\d\d)?\s(?:[a-z]{1,4}|[+-]\d{4})$/i;

const CLOCK = String.raw`(?:,?\s+(?:at\s+)?(\d{1,2}):(\d\d)(?::(\d\d))?(?:\s*([ap])\.?m\.?)?)?`;

const NUMERIC = new RegExp(String.raw`^(\d{1,2})([./-])(\d{1,2})\2(\d{4})${CLOCK}$`, 'i');

/** `Jan 15, 2025`, `15 January 2025 10:30 PM`, and what JavaScript prints: `Wed Jan 15 2025 14:30:22 GMT+0100 (CET)`. */
const NAMED = new RegExp(
  String.raw`^(?:[a-z]{3,9},?\s+)?(?:([a-z]{3,9})\.?\s+(\d{1,2})|(\d{1,2})\.?\s+([a-z]{3,9})\.?),?\s+(\d{4})${CLOCK}\s*${ZONE}(?:\s*\([^()]*\))?$`,
  'i',
);

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/**
 * Reads a date, with or without a time; where no zone is named it is UTC.
 *
 * Numbers are seconds since 1970, milliseconds from eleven digits on, microseconds from fourteen. `01/05/2026` is the
 * first of May unless one of the numbers cannot be a month or AM or PM follow, and says so.
 */
export function readDate(value: unknown): Reading<PointInTime> {
  if (isNothing(value)) return undefined;
  if (isRecord(value))
    return readDate(firstOf(value, ['$date', '$numberLong', 'date', 'iso', 'timestamp', '#text']) ?? UNUSABLE);
  if (typeof value !== 'number' && (typeof value !== 'string' || value.length > 100)) return UNUSABLE;
  const text = String(value).trim();
  // What looks like a date is one: as a number it would be a moment of 1970, or of 2611.
  const date = fromIso(text);
  if (date !== undefined && (date !== UNUSABLE || !/^\d+$/.test(text))) return date;
  if (/^-?\d+(?:\.\d+)?$/.test(text)) return fromEpoch(Number(text));
  if (RFC.test(text)) return toTime(Date.parse(text));
  return fromNumbers(text) ?? fromNames(text) ?? UNUSABLE;
}

/** Smaller numbers are years, counts and days. */
const FIRST_EPOCH_SECONDS = 1e8;

function fromEpoch(number: number): Reading<PointInTime> {
  if (number < FIRST_EPOCH_SECONDS) return UNUSABLE;
  if (number < 1e11) return toTime(number * 1e3);
  return toTime(number < 1e14 ? number : number / 1e3);
}

function fromIso(text: string): Reading<PointInTime> {
  const [compact, ...parts] = COMPACT.exec(text) ?? [];
  const [matched, year, month, day, hour, minute, second, fraction = '', zone] =
    compact === undefined ? (ISO.exec(text) ?? []) : [compact, ...parts.slice(0, 6), '', parts[6]];
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
  const [year = 0, ...clock] = [...rest.slice(0, 1).map(Number), ...clockOf(rest.slice(1))];
  // Whoever writes AM or PM writes the month first.
  const hasHalf = rest[4] !== undefined;
  const [day, month] = separator === '/' && (b > 12 || (hasHalf && a <= 12)) ? [b, a] : [a, b];
  const read = utc([year, month, day, ...clock], 0);
  if (read === undefined) return UNUSABLE;
  const time = toTime(read);
  const ambiguous = separator !== '.' && !hasHalf && a <= 12 && b <= 12 && a !== b;
  return ambiguous && time !== UNUSABLE && time !== undefined ? { ...time, dayFirst: true } : time;
}

function fromNames(text: string): Reading<PointInTime> {
  const [matched, before = '', dayAfter, dayBefore, after = '', year, ...rest]: readonly (string | undefined)[] =
    NAMED.exec(text) ?? [];
  const month = MONTHS.indexOf((before || after).slice(0, 3).toLowerCase());
  if (matched === undefined || month < 0) return undefined;
  const time = utc([Number(year), month + 1, Number(dayAfter ?? dayBefore), ...clockOf(rest)], 0);
  return time === undefined ? UNUSABLE : toTime(time - offsetOf(rest[4]));
}

/** Hour, minute and second; the 12th hour of the morning is the first of the day. */
function clockOf([hour = '0', minute = '0', second = '0', half]: readonly (string | undefined)[]): number[] {
  const written = Number(hour);
  const afternoon = half?.toLowerCase() === 'p' ? 12 : 0;
  return [half === undefined ? written : (written % 12) + afternoon, Number(minute), Number(second)];
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
  const [, sign, hours, minutes = '0'] = /([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  if (sign === undefined) return 0;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

function toTime(ms: number): Reading<PointInTime> {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? UNUSABLE : { time: date.toISOString() };
}
