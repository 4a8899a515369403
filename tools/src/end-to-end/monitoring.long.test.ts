import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { hasRedisServer, RedisServer } from '@fashionmatch/queue/testing';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { copySampleData } from '../sample-data/copy-sample-data.js';
import { BUILT_IN, FashionmatchProcess } from './running/fashionmatch-process.js';
import {} from './running/watched.js';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-monitoring-'));
  await copySampleData(join(folder, 'samples'));
});

afterEach(() => rm(folder, { recursive: true }));

/** A command that goes on, and is watched over. */
class Monitored {
  readonly #process: FashionmatchProcess;
  #log = '';

  constructor(command: string, ...args: string[]) {
    const all = [command, '--metrics', '0', '--log-level', 'info', '--no-progress', ...args];
    this.#process = new FashionmatchProcess(all, folder, BUILT_IN);
    this.#process.child.stderr?.on('data', (chunk: Buffer) => (this.#log += chunk.toString()));
  }

  /** What it answers; '' while it does not. */
  async ask(path: string): Promise<string> {
    const [, url] = /Metrics are at (http:\/\/[\d.:]+\/)metrics/.exec(this.#log) ?? [];
    if (url === undefined) return '';
    return fetch(`${url}${path}`).then(
      (response) => response.text(),
      () => '',
    );
  }

  /** @throws Error when it never shows that line. */
  async shows(line: string | RegExp): Promise<void> {
    for (let waited = 0; ; waited += 200) {
      const text = await this.ask('metrics');
      if (typeof line === 'string' ? text.includes(`${line}\n`) : line.test(text)) return;
      if (waited > 60_000) throw new Error(`It does not show ${String(line)}:\n${text}\n${this.#log}`);
      await delay(200);
    }
  }

  async end(): Promise<number | null> {
    this.#process.child.kill('SIGTERM');
    return (await this.#process.outcome).exitCode;
  }
}

test('a watch shows its runs, and serve what is asked of it', async () => {
  const watch = new Monitored('watch', '--mode', 'references', '--references-dir', 'samples/references', '--every', '@yearly'); // prettier-ignore
  await watch.shows('fashionmatch_runs_total{status="completed_with_failures"} 1');
  await watch.shows('fashionmatch_items_total{source="references",outcome="processed",code=""} 60');
  await watch.shows('fashionmatch_items_total{source="references",outcome="failed",code="IMAGE_INVALID"} 2');
  await watch.shows('fashionmatch_store_items 60');
  await watch.shows(/^fashionmatch_stage_items_total\{stage="clip"\} 60$/m);
  await watch.shows(/^fashionmatch_last_success_timestamp_seconds 1\d{9}/m);
  expect(await watch.ask('readyz')).toBe('{"status":"ready"}');

  const serve = new Monitored('serve', '--port', '0', '--json');
  await serve.shows('fashionmatch_ready 1');
  await serve.shows('fashionmatch_store_items 60');
  expect([await serve.end(), await watch.end()]).toEqual([143, 143]);
});

const withRedis = hasRedisServer() ? test : test.skip;

withRedis('a worker shows what it has encoded, and whether its queue is there', async () => {
  await using redis = await RedisServer.start();
  const worker = new Monitored('worker', '--queue', redis.url, '--root', join(folder, 'samples'));
  await worker.shows('fashionmatch_ready 1');
  const args = ['--mode', 'references', '--references-dir', join(folder, 'samples/references')];
  const run = new FashionmatchProcess(['embed', '--queue', redis.url, '--no-progress', ...args], folder, BUILT_IN);
  expect((await run.outcome).exitCode).toBe(3);
  await worker.shows('fashionmatch_worker_images_total{outcome="encoded",code=""} 60');
  await worker.shows('fashionmatch_worker_images_total{outcome="failed",code="IMAGE_INVALID"} 2');
  await redis.stop();
  await worker.shows('fashionmatch_ready 0');
  expect(await worker.ask('readyz')).toBe('{"status":"not_ready","reason":"The queue does not answer."}');
  await redis.start();
  await worker.shows('fashionmatch_ready 1');
  expect(await worker.ask('readyz')).toBe('{"status":"ready"}');
  expect(await worker.end()).toBe(143);
});
