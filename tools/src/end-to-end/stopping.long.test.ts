import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';

import { chromaServersOn } from '../robustness/chroma-servers.js';
import { writeDistinctImages, type ImageFolders } from '../robustness/distinct-images.js';
import { summaryOf } from '../robustness/embed-outcome.js';
import { endOf, fashionmatchOn, nextServer, startEmbed, type Ingest } from '../robustness/kills/killed-run.js';
import type { FashionmatchProcess, Outcome } from './running/fashionmatch-process.js';

const ITEMS = 600;

/** What the contract allows, and what a busy machine takes to see that a process has ended. */
const STOPPED_MS = 5_000 + 1_000;

let folder = '';
let images: ImageFolders;
let ingest: Ingest;
let stores = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-stopping-'));
  images = await writeDistinctImages(join(folder, 'images'), ITEMS);
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

beforeEach(() => {
  ingest = { store: join(folder, `store-${String(++stores)}`), images, workingDirectory: folder };
});

/** A run that has begun to store, and has much left to do. */
async function startedRun(...args: string[]): Promise<FashionmatchProcess> {
  const run = fashionmatchOn(ingest, ['embed', '--batch-size', '4', ...args]);
  await nextServer(run, ingest.store);
  await delay(1_500);
  return run;
}

async function noServerIsLeft(): Promise<void> {
  for (let tries = 0; tries < 100 && (await chromaServersOn(ingest.store)).length > 0; tries++) await delay(100);
  expect(await chromaServersOn(ingest.store)).toEqual([]);
}

/** A later run finds what was stored, and finishes. */
async function nothingIsLost({ stdout }: Outcome): Promise<void> {
  const { total }: { total: { processed_items: number } } = JSON.parse(stdout);
  const stored = total.processed_items;
  const summary = summaryOf(await endOf(startEmbed(ingest)));
  expect(summary).toMatchObject({ status: 'completed', processed: ITEMS - stored, skipped: stored });
}

/** As a shell tells it: by a process that ends itself, or was ended by the signal when it had no patience left. */
function exitCodeOf({ exitCode, signal }: Outcome): number | null {
  return signal === 'SIGINT' ? 130 : signal === 'SIGTERM' ? 143 : exitCode;
}

describe('a run that is stopped', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'by %s ends within 5 s with its summary and exit code %i; what was stored stays',
    async (signal, exitCode) => {
      const run = await startedRun('--json');
      const startedAt = performance.now();
      run.child.kill(signal);
      const outcome = await run.outcome;
      expect(performance.now() - startedAt).toBeLessThan(STOPPED_MS);
      expect(exitCodeOf(outcome)).toBe(exitCode);
      expect(JSON.parse(outcome.stdout)).toMatchObject({ status: 'interrupted' });
      expect(outcome.stderr).toBe('');
      await noServerIsLeft();
      await nothingIsLost(outcome);
    },
  );

  test('by two signals ends at once, and the next run goes on', async () => {
    const run = await startedRun();
    run.child.kill('SIGINT');
    await delay(20);
    const startedAt = performance.now();
    run.child.kill('SIGINT');
    const outcome = await run.outcome;
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(exitCodeOf(outcome)).toBe(130);
    await noServerIsLeft();
    expect(summaryOf(await endOf(startEmbed(ingest)))).toMatchObject({ status: 'completed' });
  });

  test('while its server hangs has no more patience than that', async () => {
    const run = await startedRun('--json');
    const [server = 0] = await chromaServersOn(ingest.store);
    process.kill(server, 'SIGSTOP');
    try {
      const startedAt = performance.now();
      run.child.kill('SIGINT');
      const outcome = await run.outcome;
      expect(performance.now() - startedAt).toBeLessThan(STOPPED_MS);
      expect(exitCodeOf(outcome)).toBe(130);
      expect(JSON.parse(outcome.stdout)).toMatchObject({ status: 'interrupted' });
    } finally {
      process.kill(server, 'SIGCONT');
    }
    await noServerIsLeft();
  });

  test('before it has begun ends as well', async () => {
    const run = startEmbed(ingest);
    await nextServer(run, ingest.store);
    const startedAt = performance.now();
    run.child.kill('SIGTERM');
    const outcome = await run.outcome;
    expect(performance.now() - startedAt).toBeLessThan(STOPPED_MS);
    expect(exitCodeOf(outcome)).toBe(143);
    await noServerIsLeft();
  });
});

test.each(['stdout', 'stderr'] as const)(
  'a reader of %s that goes away is no fault, and not worth a word',
  async (stream) => {
    const run = fashionmatchOn(ingest, ['status', '--log-level', 'debug']);
    run.child[stream]?.destroy();
    const { exitCode, stdout, stderr } = await run.outcome;
    expect(exitCode).toBe(0);
    expect(stream === 'stdout' ? stderr : stdout).not.toMatch(/EPIPE|fault/);
  },
);

/** A disk of a few megabytes, for those who may make one. */
async function mountSmallDisk(directory: string, megabytes: number): Promise<boolean> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  await mkdir(directory);
  const mounted = promisify(execFile)('mount', ['-t', 'tmpfs', '-o', `size=${String(megabytes)}m`, 'none', directory]);
  return mounted.then(
    () => true,
    () => false,
  );
}

test.each([1, 4])(
  'a full disk is one clear sentence, also when it is the server that meets it; with room, the next run finishes (%i MB)',
  async (megabytes) => {
    const disk = join(folder, `disk-${String(megabytes)}`);
    if (!(await mountSmallDisk(disk, megabytes))) return;
    try {
      ingest = { ...ingest, store: join(disk, 'store') };
      const full = await endOf(startEmbed(ingest));
      expect(full.exitCode).toBe(1);
      expect(full.stderr).toMatch(/^fashionmatch: .* the disk is full\. Make room, and run the command again\n$/);
      expect(summaryOf(full)).toMatchObject({ status: 'failed', errorCode: 'STORE_FAILED' });
      await promisify(execFile)('mount', ['-o', 'remount,size=100m', disk]);
      const summary = summaryOf(await endOf(startEmbed(ingest)));
      expect(summary).toMatchObject({ status: 'completed' });
      expect((await endOf(fashionmatchOn(ingest, ['verify']))).exitCode).toBe(0);
    } finally {
      await promisify(execFile)('umount', [disk]);
    }
  },
);
