import { request } from 'node:http';

import { RecordingLogger } from '@fashionmatch/domain/testing';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { Monitor } from './monitor.js';
import { serveMonitor } from './monitor-server.js';

const logger = new RecordingLogger();
let monitor = new Monitor('embed', '0.0.0');
let server: AsyncDisposable | undefined;
let port = 0;

beforeEach(async () => {
  monitor = new Monitor('embed', '0.0.0');
  server = await serveMonitor(monitor, { host: '127.0.0.1', port: 0 }, logger);
  port = Number(/:(\d+)\/metrics$/.exec(logger.events.at(-1)?.message ?? '')?.[1]);
});

afterEach(async () => {
  await server?.[Symbol.asyncDispose]();
});

const ask = (path: string, init?: RequestInit): Promise<Response> =>
  fetch(`http://127.0.0.1:${String(port)}${path}`, init);

test('it is alive at once, and ready when it says so', async () => {
  expect((await ask('/healthz')).status).toBe(200);
  const starting = await ask('/readyz');
  expect([starting.status, await starting.json()]).toEqual([503, { status: 'not_ready', reason: 'it is starting' }]);
  monitor.ready();
  expect((await ask('/readyz')).status).toBe(200);
  monitor.notReady('The store is away.');
  expect(await (await ask('/readyz')).json()).toEqual({ status: 'not_ready', reason: 'The store is away.' });
});

test('metrics are in the form of Prometheus', async () => {
  const response = await ask('/metrics?x=1');
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(await response.text()).toContain('fashionmatch_build_info{command="embed",version="0.0.0"} 1');
});

test('there is nothing else, and nobody else may ask', async () => {
  expect((await ask('/')).status).toBe(404);
  expect((await ask('/metrics', { method: 'POST', body: 'x' })).status).toBe(405);
  const status = await new Promise<number | undefined>((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: '/metrics', headers: { host: 'evil.example' } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
  expect(status).toBe(403);
});

test('a port that is taken is a sentence', async () => {
  await expect(serveMonitor(monitor, { host: '127.0.0.1', port }, logger)).rejects.toMatchObject({
    code: 'USAGE_INVALID',
    message: expect.stringContaining('choose another with --metrics'),
  });
});
