import { execFileSync, spawnSync } from 'node:child_process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { freePort, hasRedisServer, RedisServer } from '@fashionmatch/queue/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { writeDistinctImages } from '../robustness/distinct-images.js';
import { summaryOf } from '../robustness/embed-outcome.js';
import { FashionmatchProcess } from './running/fashionmatch-process.js';

const ENCODERS = {
  FASHIONMATCH_MODELS__CLIP_MODEL: 'builtin/colour-layout',
  FASHIONMATCH_MODELS__DINO_MODEL: 'builtin/structure',
  FASHIONMATCH_QUEUE__LOST_AFTER_S: '1',
};

/** Whoever opens a file of that name dies of it, as of an image that brings a decoder down. */
const DEADLY = `
import files from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
const { open } = files;
files.open = (path, ...others) => {
  if (String(path).includes('poison')) process.kill(process.pid, 'SIGKILL');
  return open(path, ...others);
};
syncBuiltinESMExports();
`;

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

(hasRedisServer() ? describe : describe.skip)('a queue', () => {
  let folder = '';
  let references = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fashionmatch-faults-'));
    references = (await writeDistinctImages(folder, 60)).referencesDirectory;
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const embed = (queue: string): FashionmatchProcess => {
    const args = ['embed', '--mode', 'references', '--references-dir', references, '--queue', queue, '--json'];
    return new FashionmatchProcess(args, folder, ENCODERS);
  };
  const work = (queue: string, env: Readonly<Record<string, string>> = {}): FashionmatchProcess =>
    new FashionmatchProcess(['worker', '--queue', queue, '--root', references, '--json'], folder, {
      ...ENCODERS,
      ...env,
    });

  test('an image over which workers die is named, and all others are stored', async () => {
    await using redis = await RedisServer.start();
    await writeFile(join(folder, 'deadly.mjs'), DEADLY);
    await copyFile(join(references, 'look-0.png'), join(references, 'poison.png'));
    await rm(join(references, 'look-0.png'));
    const coordinator = embed(redis.url);
    const stop = new AbortController();
    let deaths = 0;
    const keepOneWorking = async (): Promise<void> => {
      const { href } = pathToFileURL(join(folder, 'deadly.mjs'));
      while (!stop.signal.aborted) {
        const worker = work(redis.url, { NODE_OPTIONS: `--import=${href}` });
        const end = (): unknown => worker.child.kill('SIGTERM');
        stop.signal.addEventListener('abort', end);
        if ((await worker.outcome).signal === 'SIGKILL') deaths++;
        stop.signal.removeEventListener('abort', end);
      }
    };
    const working = [keepOneWorking(), keepOneWorking()];
    const summary = summaryOf(await coordinator.outcome);
    stop.abort();
    await Promise.all(working);
    expect(summary).toMatchObject({ exitCode: 3, processed: 29 });
    expect((await coordinator.outcome).stdout).toMatch(/poison\.png.*3 workers were lost|3 workers were lost.*poison/s);
    // With others of its job, and three times alone.
    expect(deaths).toBe(4);
  });

  test('a second coordinator of a store ends with exit code 5', async () => {
    await using redis = await RedisServer.start();
    const first = embed(redis.url);
    await says(first, 'No worker is there');
    const { exitCode, stdout } = await embed(redis.url).outcome;
    expect([exitCode, stdout]).toEqual([5, expect.stringContaining('STORE_LOCKED')]);
    const worker = work(redis.url);
    expect(summaryOf(await first.outcome)).toMatchObject({ exitCode: 0, processed: 30 });
    worker.child.kill('SIGTERM');
    await worker.outcome;
  });

  (hasOpenssl ? test : test.skip)('by TLS, a certificate of our own is trusted when it is named', async () => {
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject];
    execFileSync('openssl', [...request, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
    const port = String(await freePort());
    const files = ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-auth-clients', 'no'];
    const redis = await RedisServer.start('--tls-port', port, ...files);
    const url = `rediss://localhost:${port}`;
    const stranger = await work(url).outcome;
    expect([stranger.exitCode, stranger.stdout]).toEqual([5, expect.stringMatching(/QUEUE_UNREACHABLE.*certificate/s)]);
    const worker = work(url, { NODE_EXTRA_CA_CERTS: certificate });
    await says(worker, 'Waiting for work');
    worker.child.kill('SIGTERM');
    expect((await worker.outcome).exitCode).toBe(143);
    await redis[Symbol.asyncDispose]();
  });
});

/** Waits until a process has said something. */
async function says(process: FashionmatchProcess, text: string): Promise<void> {
  const said = new Promise<void>((resolve) => {
    process.child.stderr?.on('data', (chunk: Buffer) => {
      if (chunk.includes(text)) resolve();
    });
  });
  const ended = process.outcome.then(({ stderr }) => {
    throw new Error(`It ended without saying "${text}": ${stderr}`);
  });
  await Promise.race([said, ended]);
}
