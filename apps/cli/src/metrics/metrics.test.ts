import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';

import { InMemoryVectorStore } from '@fashionmatch/domain/testing';
import { parseConfig } from '@fashionmatch/pipeline';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';

import { monitorAddress } from '../declaration/monitor-option.js';
import { Monitor } from './monitor.js';
import { RunMetrics } from './run-metrics.js';
import { watchServer } from './server-metrics.js';
import { StageMetrics } from './stage-metrics.js';
import { StoreMetrics } from './store-metrics.js';
import { watchWorker } from './worker-metrics.js';

const file = (path: string): string => readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8');

const never = (): Promise<never> => Promise.reject(new Error('Nothing is opened'));
const config = parseConfig({});
const WORKER = {
  counts: { jobs: 2, images: 90, faults: 3, faultCodes: { IMAGE_INVALID: 2, IMAGE_MISSING: 1 } },
  stages: [{ stage: 'clip', items: 90, busySeconds: 4, callSeconds: 5 } as const],
  countWork: () => Promise.resolve({ waiting: 0, active: 0, workers: 1 }),
};

/** All that any command shows. */
async function allMetrics(): Promise<Map<string, string>> {
  const monitors = ['embed', 'worker', 'serve'].map((command) => new Monitor(command, '0.0.0'));
  const [runs, worker, server] = monitors;
  if (!runs || !worker || !server) throw new Error('There are three');
  new RunMetrics(runs);
  watchWorker(worker, WORKER);
  watchServer(server, never, config);
  const metrics = await Promise.all(monitors.map(({ registry }) => registry.getMetricsAsJSON()));
  return new Map(metrics.flat().map(({ name, type }): [string, string] => [name, String(type)]));
}

/** Names of metrics in a text; a histogram's parts are its own. */
function namesIn(text: string, metrics: ReadonlyMap<string, string>): string[] {
  const found = text.match(/\b(?:fashionmatch|nodejs|process)_[a-z_0-9]+\b/g) ?? [];
  return [
    ...new Set(
      found.map((name) => {
        const whole = name.replace(/_(?:bucket|sum|count)$/, '');
        return metrics.get(whole) === 'histogram' ? whole : name;
      }),
    ),
  ];
}

describe('no metric is named that is not there:', () => {
  test.each(['docs/monitoring.md', 'examples/monitoring/alerts.yaml', 'examples/monitoring/dashboard.json'])(
    'in %s',
    async (path) => {
      const metrics = await allMetrics();
      const named = namesIn(file(path), metrics);
      expect(named.length).toBeGreaterThan(3);
      expect(named.filter((name) => !metrics.has(name))).toEqual([]);
    },
  );
});

test('every metric of ours is told of', async () => {
  const metrics = await allMetrics();
  const ours = [...metrics.keys()].filter((name) => name.startsWith('fashionmatch_'));
  const named = namesIn(file('docs/monitoring.md'), metrics);
  expect(ours.filter((name) => !named.includes(name))).toEqual([]);
});

const rulesSchema = z.strictObject({
  groups: z.tuple([
    z.strictObject({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^FashionMatch[A-Z]\w+$/),
          expr: z.string(),
          for: z.string().regex(/^\d+[mh]$/),
          labels: z.strictObject({ severity: z.enum(['warning', 'critical']) }),
          annotations: z.strictObject({ summary: z.string(), description: z.string() }),
        }),
      ),
    }),
  ]),
});

test('there are five rules, each of which is told of', () => {
  const { groups } = rulesSchema.parse(parse(file('examples/monitoring/alerts.yaml')));
  const alerts = groups[0].rules.map(({ alert }) => alert);
  expect(new Set(alerts).size).toBe(5);
  for (const alert of alerts) expect(file('docs/monitoring.md')).toContain(`\`${alert}\``);
});

const dashboardSchema = z.looseObject({
  title: z.string(),
  uid: z.string(),
  schemaVersion: z.int(),
  panels: z.array(
    z.looseObject({
      id: z.int(),
      title: z.string(),
      type: z.enum(['timeseries', 'stat']),
      gridPos: z.strictObject({ x: z.int(), y: z.int(), w: z.int(), h: z.int() }),
      targets: z.array(z.looseObject({ expr: z.string(), refId: z.string() })).min(1),
    }),
  ),
});

test('no two panels of the dashboard lie on each other', () => {
  const { panels } = dashboardSchema.parse(JSON.parse(file('examples/monitoring/dashboard.json')));
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, i) => `${String(x + (i % w))} ${String(y + Math.floor(i / w))}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBeLessThanOrEqual(24);
});

describe('runs', () => {
  const failure = {
    ...({ itemId: 'a', source: 'references', stage: 'decode', code: 'IMAGE_INVALID' } as const),
    ...{ reason: 'damaged', path: '/a' },
  };
  const advanced = { type: 'advanced', source: 'references', work: 1 } as const;

  test('count items by what became of them, while they go on', async () => {
    const monitor = new Monitor('embed', '0.0.0');
    const runs = new RunMetrics(monitor);
    runs.started();
    runs.report({ type: 'planned', source: 'references', total: 10, work: 5 });
    runs.report({ ...advanced, items: 4, work: 0, outcome: 'skipped' });
    for (let i = 0; i < 3; i++) runs.report({ ...advanced, items: 1, outcome: 'processed' });
    runs.report({ type: 'item-failed', source: 'references', failure });
    runs.report({ ...advanced, items: 1, outcome: 'failed' });
    runs.report({ type: 'queue-counted', counts: { waiting: 7, active: 2, workers: 3 } });
    const text = await monitor.registry.metrics();
    for (const line of [
      'fashionmatch_items_total{source="references",outcome="skipped",code=""} 4',
      'fashionmatch_items_total{source="references",outcome="processed",code=""} 3',
      'fashionmatch_items_total{source="references",outcome="failed",code="IMAGE_INVALID"} 1',
      'fashionmatch_run_items_left 2',
      'fashionmatch_run_in_progress 1',
      'fashionmatch_queue_jobs{state="waiting"} 7',
      'fashionmatch_queue_workers 3',
      'fashionmatch_last_success_timestamp_seconds 0',
      'fashionmatch_store_items Nan',
    ])
      expect(text).toContain(`${line}\n`);
  });

  test('are a success when they come to their end, and make it ready', async () => {
    const monitor = new Monitor('watch', '0.0.0');
    const runs = new RunMetrics(monitor, new Date(5_000));
    const lastSuccess = async (): Promise<number> =>
      Number(/^fashionmatch_last_success_timestamp_seconds (\S+)$/m.exec(await monitor.registry.metrics())?.[1]);
    expect(await monitor.notReadyBecause()).toBe('it is starting');
    runs.started();
    runs.finished('failed', 'The disk is full.');
    expect([await lastSuccess(), await monitor.notReadyBecause()]).toEqual([5, 'The disk is full.']);
    runs.waiting();
    expect(await monitor.notReadyBecause()).toBe('The disk is full.');
    runs.started();
    runs.finished('completed_with_failures');
    expect(await monitor.notReadyBecause()).toBeUndefined();
    expect(Date.now() / 1_000 - (await lastSuccess())).toBeLessThan(10);
    expect(await monitor.registry.metrics()).toContain('fashionmatch_runs_total{status="failed"} 1');
  });
});

test('the time of stages adds up over what comes one after the other', async () => {
  const { registry } = new Monitor('watch', '0.0.0');
  const stages = new StageMetrics(registry);
  let busySeconds = 2;
  stages.follow(() => [{ stage: 'clip', busySeconds, items: 5 }]);
  expect(await registry.metrics()).toContain('fashionmatch_stage_seconds_total{stage="clip"} 2\n');
  busySeconds = 3;
  expect(await registry.metrics()).toContain('fashionmatch_stage_seconds_total{stage="clip"} 3\n');
  stages.follow(() => [{ stage: 'clip', busySeconds: 1, items: 1 }]);
  const text = await registry.metrics();
  expect(text).toContain('fashionmatch_stage_seconds_total{stage="clip"} 4\n');
  expect(text).toContain('fashionmatch_stage_items_total{stage="clip"} 6\n');
});

test('a worker shows what it has done, however often it is asked', async () => {
  const monitor = new Monitor('worker', '0.0.0');
  watchWorker(monitor, WORKER);
  await monitor.registry.metrics();
  const text = await monitor.registry.metrics();
  expect(text).toContain('fashionmatch_worker_jobs_total 2\n');
  expect(text).toContain('fashionmatch_worker_images_total{outcome="encoded",code=""} 90\n');
  expect(text).toContain('fashionmatch_worker_images_total{outcome="failed",code="IMAGE_INVALID"} 2\n');
  expect(await monitor.notReadyBecause()).toBeUndefined();
});

test('a worker is ready while its queue answers, which is asked one thing at a time', async () => {
  const monitor = new Monitor('worker', '0.0.0');
  const queue = new EventEmitter();
  let asked = 0;
  const countWork = async () => {
    asked++;
    await once(queue, 'back');
    return WORKER.countWork();
  };
  watchWorker(monitor, { ...WORKER, countWork });
  const [reason, text] = await Promise.all([monitor.notReadyBecause(), monitor.registry.metrics()]);
  expect(reason).toBe('The queue does not answer.');
  expect(text).toContain('fashionmatch_ready 0\n');
  expect(asked).toBe(1);
  const answer = monitor.notReadyBecause();
  queue.emit('back');
  expect(await answer).toBeUndefined();
});

test('a store that does not answer shows what it last had, and holds nobody up', async () => {
  const { registry } = new Monitor('embed', '0.0.0');
  const size = new StoreMetrics(registry);
  const store = new InMemoryVectorStore({ clip: 4, dino: 4 });
  size.follow({ items: () => store.count(), bytes: () => Promise.resolve(5) });
  const first = await registry.metrics();
  expect(first).toMatch(/^fashionmatch_store_items 0$/m);
  expect(first).toMatch(/^fashionmatch_store_bytes 5$/m);
  const startedAt = performance.now();
  size.follow({ items: () => new Promise(() => undefined), bytes: () => Promise.reject(new Error('away')) });
  expect(await registry.metrics()).toMatch(/^fashionmatch_store_items 0$/m);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});

test('an address is a port of this machine, unless a host is named', () => {
  expect(monitorAddress('9464')).toEqual({ host: '127.0.0.1', port: 9464 });
  expect(monitorAddress('0.0.0.0:9464')).toEqual({ host: '0.0.0.0', port: 9464 });
  expect(monitorAddress('worker-1.example:0')).toEqual({ host: 'worker-1.example', port: 0 });
  expect(monitorAddress('[::1]:80')).toEqual({ host: '::1', port: 80 });
  for (const text of ['', 'x', '70000', ':80', '[1::2::3]:80', 'a b:80', 'http://x:80', '-1']) {
    expect(() => monitorAddress(text)).toThrow('It must be a port');
  }
});
