import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { copySampleData } from '../sample-data/copy-sample-data.js';
import { BUILT_IN, fashionmatch } from './running/fashionmatch-process.js';
import { startServe } from './running/start-serve.js';

const PHOTOGRAPH = 'data/references/navy-striped-t-shirt.png';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-serve-'));
  await copySampleData(join(folder, 'data'));
  await fashionmatch(['embed', '-q'], folder, BUILT_IN);
});
afterAll(() => rm(folder, { recursive: true }));

test('on this machine only, it gives its page and the look-alikes of a photo, and ends in good order', async () => {
  const { server, url } = await startServe([], folder, BUILT_IN);
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  expect(await (await fetch(url)).text()).toContain('<title>FashionMatch</title>');
  expect((await fetch(`${url}page.js`)).headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  const photo = {
    method: 'POST',
    headers: { 'content-type': 'image/png' },
    body: await readFile(join(folder, PHOTOGRAPH)),
  };
  const answer = await fetch(`${url}api/search?top_k=2`, photo);
  expect(await answer.json()).toMatchObject({
    hits: [{ title: 'navy-striped-t-shirt.png' }, { title: 'Navy striped t-shirt' }],
  });
  server.child.kill('SIGTERM');
  expect(await server.outcome).toMatchObject({ exitCode: 143, signal: null, stderr: '' });
});

test('beyond this machine, it asks for the token that it told once', async () => {
  const { server, url, told } = await startServe(['--host', '0.0.0.0'], folder, BUILT_IN);
  expect((await fetch(`${url}api/status`)).status).toBe(401);
  const [, token = ''] = /shown only now: (\S+)/.exec(told()) ?? [];
  const answer = await fetch(`${url}api/status`, { headers: { authorization: `Bearer ${token}` } });
  expect(answer.status).toBe(200);
  server.child.kill('SIGINT');
  expect((await server.outcome).exitCode).toBe(130);
});
