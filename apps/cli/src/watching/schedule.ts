import { FashionMatchError, reasonOf } from '@fashionmatch/domain';
import { Cron } from 'croner';

/** When something is to be done again and again. */
export interface Schedule {
  /** The first time after this one; undefined when there is none any more. */
  nextAfter(time: Date): Date | undefined;
}

/**
 * Reads five fields as cron has them, six with seconds first, or a name such as `@daily`.
 *
 * @param timeZone of IANA, such as Europe/Paris; that of this machine when not given.
 * @throws FashionMatchError `USAGE_INVALID`
 */
export function cronSchedule(expression: string, timeZone?: string): Schedule {
  const usage = (what: string, cause?: unknown): FashionMatchError =>
    new FashionMatchError('USAGE_INVALID', `--every "${expression}" ${what}: give "0 3 * * *" for three every night.`, {
      cause,
    });
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    throw new FashionMatchError('USAGE_INVALID', `There is no time zone ${timeZone}: give one such as Europe/Paris.`);
  }
  let cron: Cron;
  try {
    cron = new Cron(expression, { paused: true, ...(timeZone !== undefined && { timezone: timeZone }) });
  } catch (thrown) {
    throw usage(`is no schedule (${reasonOf(thrown)})`, thrown);
  }
  // A day such as the 31st of February never comes.
  if (cron.nextRun() === null) throw usage('never comes');
  return { nextAfter: (time) => cron.nextRun(time) ?? undefined };
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
