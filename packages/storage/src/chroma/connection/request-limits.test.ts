import { expect, test } from '@jest/globals';

import { RequestLimits } from './request-limits.js';

const refusal = (usage: string, limit: number, action = 'Upsert'): string =>
  `Quota exceeded: '${usage}' exceeded quota limit for action '${action}': current usage of 999 exceeds limit of ${String(limit)}`;

test('what a server says is a limit, and all others are unknown', () => {
  const limits = new RequestLimits(1_000);
  expect(limits.of('records')).toBe(1_000);
  for (const limit of ['rows', 'neighbours', 'conditions', 'valueBytes', 'idBytes', 'textBytes'] as const) {
    expect(limits.of(limit)).toBe(Infinity);
  }
});

test.each([
  ['records', 'Number of records', 'Upsert'],
  ['rows', 'Limit value', 'Get'],
  ['neighbours', 'Number of results', 'Query'],
  ['conditions', 'Number of where clause predicates', 'Query'],
  ['valueBytes', 'Size of where clause value (bytes)', 'Get'],
  ['idBytes', 'ID size (bytes)', 'Delete'],
  ['textBytes', 'Size of metadata dictionary value (bytes)', 'Update'],
] as const)('%s are learnt from a refusal, once', (limit, usage, action) => {
  const limits = new RequestLimits(1_000);
  limits.learn(`${refusal(usage, 300, action)}. Please reach out to raise it`);
  limits.learn(refusal(usage, 300, action));
  expect([limits.of(limit), limits.lessons]).toEqual([300, 1]);
  limits.learn(refusal(usage, 400, action));
  expect(limits.of(limit)).toBe(300);
});

test.each([
  ['another refusal', 'Expected where to have exactly one operator'],
  ['a limit that nothing fits', refusal('Number of records', 0)],
  [
    'what a collection may say of itself',
    refusal('Size of metadata dictionary value (bytes)', 256, 'Create Collection'),
  ],
  ['a limit of which nothing is known', refusal('Number of forks', 5)],
])('nothing is learnt from %s', (_, text) => {
  const limits = new RequestLimits(1_000);
  limits.learn(text);
  expect([limits.lessons, limits.of('records'), limits.of('textBytes')]).toEqual([0, 1_000, Infinity]);
});
