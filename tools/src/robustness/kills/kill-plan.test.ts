import { expect, test } from '@jest/globals';
import { seededRandom } from '@fashionmatch/domain/testing';

import { earlier, planStores } from './kill-plan.js';

const PACE = { idleMs: 2_000, wholeMs: 20_000, serverMs: 500 };

const moments = (target: 'cli' | 'server', count: number): number[][] =>
  planStores(target, count, PACE, seededRandom(3)).map(({ kills }) => kills.map(({ afterMs }) => afterMs));

test('every kill is planned, some alone and the others in rows', () => {
  for (const count of [0, 1, 2, 20, 50, 73]) {
    const lengths = moments('cli', count).map(({ length }) => length);
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(count);
    expect(lengths).not.toContain(0);
  }
  expect(moments('cli', 50).map(({ length }) => length)).toEqual([1, 1, 1, 1, 1, 45]);
});

test('the kills that have a store to themselves come in every part of the run', () => {
  const alone = moments('cli', 100).filter(({ length }) => length === 1);
  expect(alone.map(([moment = -1]) => Math.floor(moment / 2_000))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('a row of kills advances: its moments reach beyond the start of the command', () => {
  const inRows = moments('cli', 100).filter(({ length }) => length > 1);
  expect(Math.max(...inRows.flat())).toBeGreaterThan(PACE.idleMs);
  expect(Math.min(...inRows.flat())).toBeLessThan(PACE.idleMs);
});

test('a server is killed while it lives; in rows, the one that takes its place too', () => {
  const stores = planStores('server', 40, PACE, seededRandom(3));
  for (const { kills } of stores) {
    for (const kill of kills) {
      expect(kill.afterMs).toBeLessThan(PACE.wholeMs - PACE.serverMs);
      expect(kill.target === 'server' && kill.againAfterMs !== undefined).toBe(kills.length > 1);
    }
  }
});

test('a kill that came too late comes earlier', () => {
  const second = { target: 'cli', afterMs: 700 } as const;
  expect(earlier([{ target: 'cli', afterMs: 900 }, second])).toEqual([{ target: 'cli', afterMs: 450 }, second]);
  expect(earlier([])).toEqual([]);
});
