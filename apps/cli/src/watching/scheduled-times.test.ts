import { expect, test } from '@jest/globals';

import { cronSchedule } from './schedule.js';
import { ScheduledTimes } from './scheduled-times.js';

/** A clock that moves when it is waited by, or is set. */
class Clock {
  time: Date;
  /** What it is set to during the next wait. */
  setsTo: string | undefined;
  readonly announced: string[] = [];
  readonly abort = new AbortController();

  constructor(time: string) {
    this.time = new Date(time);
  }

  times(every: string, { last, timeZone = 'UTC' }: { last?: string; timeZone?: string } = {}): ScheduledTimes {
    return new ScheduledTimes(cronSchedule(every, timeZone), {
      last: last === undefined ? undefined : new Date(last),
      signal: this.abort.signal,
      onWait: (until) => this.announced.push(until.toISOString()),
      now: () => this.time,
      wait: (milliseconds) => {
        this.time = new Date(this.setsTo ?? this.time.getTime() + milliseconds);
        this.setsTo = undefined;
        return Promise.resolve();
      },
    });
  }

  set(time: string): void {
    this.time = new Date(time);
  }

  get iso(): string {
    return this.time.toISOString();
  }
}

const NIGHTLY = '0 3 * * *';

test('the first run is now, and the next one at its time', async () => {
  const clock = new Clock('2026-03-01T10:00:00Z');
  const times = clock.times(NIGHTLY);
  expect(await times.nextTime()).toBe(true);
  expect([clock.iso, clock.announced]).toEqual(['2026-03-01T10:00:00.000Z', []]);
  expect(await times.nextTime()).toBe(true);
  expect([clock.iso, clock.announced]).toEqual(['2026-03-02T03:00:00.000Z', ['2026-03-02T03:00:00.000Z']]);
});

test('who ran at the last time waits for the next', async () => {
  const clock = new Clock('2026-03-01T10:00:00Z');
  await clock.times(NIGHTLY, { last: '2026-03-01T03:00:00Z' }).nextTime();
  expect(clock.iso).toBe('2026-03-02T03:00:00.000Z');
});

test('many missed times are made up for by one run', async () => {
  const clock = new Clock('2026-03-01T10:00:00Z');
  const times = clock.times(NIGHTLY, { last: '2026-02-11T03:00:00Z' });
  await times.nextTime();
  expect(clock.iso).toBe('2026-03-01T10:00:00.000Z');
  await times.nextTime();
  expect(clock.iso).toBe('2026-03-02T03:00:00.000Z');
});

test('times that pass during a run are made up for by one that follows it', async () => {
  const clock = new Clock('2026-03-01T10:00:00Z');
  const times = clock.times('* * * * *');
  await times.nextTime();
  clock.set('2026-03-01T10:07:30Z');
  await times.nextTime();
  expect(clock.iso).toBe('2026-03-01T10:07:30.000Z');
  await times.nextTime();
  expect(clock.iso).toBe('2026-03-01T10:08:00.000Z');
});

test('a reminder comes sooner than the schedule, once', async () => {
  const clock = new Clock('2026-03-01T10:00:00Z');
  const times = clock.times(NIGHTLY);
  await times.nextTime();
  times.remind(2_000);
  await times.nextTime();
  expect(clock.iso).toBe('2026-03-01T10:00:02.000Z');
  await times.nextTime();
  expect(clock.iso).toBe('2026-03-02T03:00:00.000Z');
});

test('a run that is said to have been in the future keeps none from its time', async () => {
  const clock = new Clock('2026-03-01T10:00:00Z');
  const times = clock.times(NIGHTLY, { last: '2030-01-01T03:00:00Z' });
  expect(await times.nextTime()).toBe(true);
  expect([clock.iso, clock.announced]).toEqual(['2026-03-02T03:00:00.000Z', ['2026-03-02T03:00:00.000Z']]);
});

test('nor does a clock that was wrong, and is put right during a wait', async () => {
  const clock = new Clock('2030-01-01T10:00:00Z');
  const times = clock.times(NIGHTLY);
  await times.nextTime();
  clock.setsTo = '2026-03-01T10:00:00Z';
  expect(await times.nextTime()).toBe(true);
  expect([clock.iso, clock.announced]).toEqual([
    '2026-03-02T03:00:00.000Z',
    ['2030-01-02T03:00:00.000Z', '2026-03-02T03:00:00.000Z'],
  ]);
});

test('three o’clock is that of the time zone, in summer and in winter', async () => {
  const clock = new Clock('2026-01-10T12:00:00Z');
  await clock.times(NIGHTLY, { last: '2026-01-10T12:00:00Z', timeZone: 'Europe/Paris' }).nextTime();
  expect(clock.iso).toBe('2026-01-11T02:00:00.000Z');
  clock.set('2026-07-10T12:00:00Z');
  await clock.times(NIGHTLY, { last: '2026-07-10T12:00:00Z', timeZone: 'Europe/Paris' }).nextTime();
  expect(clock.iso).toBe('2026-07-11T01:00:00.000Z');
});

test('an hour that the clocks skip is not missed', async () => {
  const clock = new Clock('2026-03-28T12:00:00Z');
  const times = clock.times('30 2 * * *', { last: '2026-03-28T12:00:00Z', timeZone: 'Europe/Paris' });
  await times.nextTime();
  expect(clock.time.getTime()).toBeLessThan(Date.parse('2026-03-29T02:00:00Z'));
});

test('a signal ends the wait', async () => {
  const clock = new Clock('2026-03-01T10:00:00Z');
  const times = clock.times(NIGHTLY, { last: '2026-03-01T03:00:00Z' });
  clock.abort.abort();
  expect(await times.nextTime()).toBe(false);
});

test.each([
  ['0 3 * *', 'is no schedule'],
  ['every night', 'is no schedule'],
  ['0 3 31 2 *', 'never comes'],
])('%p is refused', (expression, why) => {
  expect(() => cronSchedule(expression)).toThrow(expect.objectContaining({ code: 'USAGE_INVALID' }));
  expect(() => cronSchedule(expression)).toThrow(why);
});

test('so is a time zone that is none', () => {
  expect(() => cronSchedule(NIGHTLY, 'Mars/Olympus')).toThrow('There is no time zone Mars/Olympus');
});
