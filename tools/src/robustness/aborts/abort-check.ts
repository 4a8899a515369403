import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openBrowser } from '../../browser/open-browser.js';
import { BUILT_IN, fashionmatch } from '../../end-to-end/running/fashionmatch-process.js';
import { startServe, type StartedServe } from '../../end-to-end/running/start-serve.js';
import { writeSampleData } from '../../sample-data/write-sample-data.js';
import { ABORTS, beginUpload, navigateAway, openConnection, type UploadTarget } from './aborted-uploads.js';

export interface AbortCheckOptions {
  /** How often each kind of client leaves. */
  readonly times: number;
  readonly idleConnections: number;
  /** Told after each kind. */
  readonly onKind?: (kind: AbortedKind) => void;
}

/** One kind of client, and how the next photos fared. */
export interface AbortedKind {
  readonly kind: string;
  readonly times: number;
  /** Until as many photos as there are places were searched for, in milliseconds. */
  readonly thenMs: number;
}

export interface AbortCheck {
  readonly kinds: readonly AbortedKind[];
  /** One sentence for each thing that must never happen. */
  readonly faults: readonly string[];
}

/** Photos that `serve` looks at at once. */
const PLACES = 4;

const STOPPED = 143;

/** Clients that leave, dawdle or say nothing to `fashionmatch serve`, and whether the next ones are served. */
export async function checkAborts(options: AbortCheckOptions): Promise<AbortCheck> {
  const folder = await mkdtemp(join(tmpdir(), 'fashionmatch-aborts-'));
  try {
    const { referencesDirectory } = await writeSampleData(join(folder, 'data'));
    const photograph = join(referencesDirectory, 'navy-striped-t-shirt.png');
    await fashionmatch(['embed', '-q'], folder, BUILT_IN);
    const started = await startServe([], folder, BUILT_IN);
    try {
      return await checkServer(started, photograph, options);
    } finally {
      started.server.child.kill('SIGKILL');
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function checkServer(
  { server, url }: StartedServe,
  photograph: string,
  { times, idleConnections, onKind }: AbortCheckOptions,
): Promise<AbortCheck> {
  const target = { url, photograph, bytes: await readFile(photograph) };
  const kinds: AbortedKind[] = [];
  const faults: string[] = [];
  const then = async (kind: string, count: number): Promise<void> => {
    const { statuses, ms } = await searchInEveryPlace(target);
    const outcome = { kind, times: count, thenMs: ms };
    kinds.push(outcome);
    onKind?.(outcome);
    if (statuses.some((status) => status !== 200)) faults.push(`${kind}: the next were told ${statuses.join(', ')}.`);
  };

  await then('nobody', 0);
  for (const [kind, abort] of Object.entries(ABORTS)) {
    for (let i = 0; i < times; i++) await abort(target);
    await then(kind, times);
  }
  await using browser = await openBrowser();
  await navigateAway(browser, target, times);
  await then('another page', times);

  const slow = await Promise.all(Array.from({ length: PLACES }, () => beginUpload(target, 0.5)));
  await then('no more of the photo comes', PLACES);
  for (const socket of slow) socket.destroy();

  const idle = await Promise.all(Array.from({ length: idleConnections }, () => openConnection(target)));
  await then('nothing is asked for', idleConnections);
  server.child.kill('SIGTERM');
  const { exitCode, stderr } = await server.outcome;
  if (exitCode !== STOPPED) faults.push(`The server ended with ${String(exitCode)}.`);
  if (stderr !== '') faults.push(`The server complained: ${stderr}`);
  for (const socket of idle) socket.destroy();
  return { kinds, faults };
}

/** As many photos at once as are looked at at once. With no place left, all would be told that the server is busy. */
async function searchInEveryPlace({ url, bytes }: UploadTarget): Promise<{ statuses: number[]; ms: number }> {
  const startedAt = performance.now();
  const statuses = await Promise.all(
    Array.from({ length: PLACES }, async () => {
      const headers = { 'content-type': 'image/png' };
      const { status } = await fetch(`${url}api/search`, { method: 'POST', headers, body: new Uint8Array(bytes) });
      return status;
    }),
  );
  return { statuses, ms: performance.now() - startedAt };
}
