/** From a point in time, in milliseconds since the epoch, until before another one. */
export interface TimeSpan {
  readonly from: number;
  readonly until: number;
}

const DATE =
  /^(?<date>\d{4}(?<month>-\d\d(?<day>-\d\d)?)?)(?:(?<=-\d\d-\d\d)[T ](?<minute>\d\d:\d\d)(?<second>:\d\d)?(?<fraction>[.,]\d{1,9})?(?<zone>Z|[+-]\d\d:?\d\d)?)?$/i;

/**
 * The time that a date of ISO 8601 names, from a whole year to a millisecond: `2024` is a year, `2024-01-15` a day,
 * `2024-01-15T10:30` a minute. Without a zone it is UTC. Undefined where it is no date.
 */
export function timeSpanOf(text: string): TimeSpan | undefined {
  const groups = DATE.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const { date = '', month, day, minute, second, fraction = '', zone = 'Z' } = groups;
  const start = new Date(date);
  // JavaScript takes the 30th of February for the first of March.
  if (Number.isNaN(start.getTime()) || !start.toISOString().startsWith(date)) return undefined;
  if (minute !== undefined) {
    const time = `${minute}${second ?? ':00'}${fraction.replace(',', '.').slice(0, 4)}`;
    const from = Date.parse(`${date}T${time}${zone.toUpperCase().replace(/(\d\d):?(\d\d)$/, '$1:$2')}`);
    const length = fraction !== '' ? 1 : second !== undefined ? 1_000 : 60_000;
    return Number.isNaN(from) ? undefined : { from, until: from + length };
  }
  const end = new Date(start);
  if (month === undefined) end.setUTCFullYear(start.getUTCFullYear() + 1);
  else if (day === undefined) end.setUTCMonth(start.getUTCMonth() + 1);
  else end.setUTCDate(start.getUTCDate() + 1);
  return { from: start.getTime(), until: end.getTime() };
}

/** The point in time that a stored text names, in milliseconds since the epoch; NaN where it names none. */
export const timeOf = (text: string): number => timeSpanOf(text)?.from ?? Number.NaN;
