import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';

import { writeBenchData } from './bench-data.js';
import { COMMAND_LINE } from '../end-to-end/running/fashionmatch-process.js';
import { startServe } from '../end-to-end/running/start-serve.js';

/**
 * How long nothing else happens: the longest pause of the event loop while large photographs are embedded, and how long
 * `GET /api/status` takes while `serve` encodes photographs, with the real architectures (random weights):
 * `node tools/dist/bench/measure-pauses.js [--images 64]`. Fails when one is longer than its limit.
 */
const LIMITS_MS = { embed: 20, status: 50 };
/** Until then modules are loaded and the store is opened: nobody waits for anything else. */
const STARTING_MS = 4_000;
const SEARCHES = 20;
const ASK_EVERY_MS = 20;

/** Put into the command: writes its longest pause, in milliseconds, when it ends. */
const WATCH = `data:text/javascript,${encodeURIComponent(`
  import { writeFileSync } from 'node:fs';
  import { monitorEventLoopDelay } from 'node:perf_hooks';
  const pauses = monitorEventLoopDelay({ resolution: 1 });
  setTimeout(() => pauses.enable(), ${String(STARTING_MS)}).unref();
  process.on('exit', () => writeFileSync(process.env.PAUSES_FILE, String(pauses.max / 1e6)));
`)}`;

const { values } = parseArgs({ options: { images: { type: 'string', default: '64' } } });
const run = promisify(execFile);
const directory = await mkdtemp(join(tmpdir(), 'fashionmatch-pauses-'));
try {
  const { imagesDirectory, modelsDirectory } = await writeBenchData(directory, Number(values.images));
  const config = join(directory, 'config.json');
  const models = {
    clip_model: join(modelsDirectory, 'clip-vit-base-patch32'),
    dino_model: join(modelsDirectory, 'dinov2-small'),
  };
  await writeFile(config, JSON.stringify({ models, database: { persist_directory: join(directory, 'chromadb') } }));
  report('embed, the longest pause of the event loop', await pauseOfEmbed(config, imagesDirectory), LIMITS_MS.embed);
  report(
    'GET /api/status while photographs are encoded',
    await slowestStatus(config, imagesDirectory),
    LIMITS_MS.status,
  );
} finally {
  await rm(directory, { recursive: true });
}

async function pauseOfEmbed(config: string, images: string): Promise<number> {
  const file = join(directory, 'pauses');
  const args = ['embed', '--mode', 'references', '--references-dir', images, '--config', config, '--json'];
  await run(process.execPath, ['--import', WATCH, COMMAND_LINE, ...args], {
    env: { ...process.env, PAUSES_FILE: file },
    maxBuffer: 1 << 26,
  });
  return Number(await readFile(file, 'utf8'));
}

/** The slowest of those that were asked while photographs were searched for. */
async function slowestStatus(config: string, images: string): Promise<number> {
  const { server, url } = await startServe(['--config', config], directory, {});
  try {
    const photo = await readFile(join(images, '000000.jpg'));
    // The first loads the models.
    await search(url, photo);
    const done = new AbortController();
    const asking = slowestUntil(new URL('api/status', url), done.signal);
    for (let i = 0; i < SEARCHES; i++) await search(url, photo);
    done.abort();
    return await asking;
  } finally {
    server.child.kill('SIGTERM');
    await server.outcome;
  }
}

async function search(url: string, photo: Buffer): Promise<void> {
  const headers = { 'content-type': 'image/jpeg' };
  const answer = await fetch(new URL('api/search', url), { method: 'POST', headers, body: new Uint8Array(photo) });
  if (!answer.ok) throw new Error(`The search was answered with ${String(answer.status)}`);
  await answer.arrayBuffer();
}

async function slowestUntil(url: URL, signal: AbortSignal): Promise<number> {
  let slowest = 0;
  while (!signal.aborted) {
    const startedAt = performance.now();
    await fetch(url).then((answer) => answer.arrayBuffer());
    slowest = Math.max(slowest, performance.now() - startedAt);
    await delay(ASK_EVERY_MS);
  }
  return slowest;
}

function report(what: string, milliseconds: number, limit: number): void {
  process.stdout.write(`${what}: ${milliseconds.toFixed(0)} ms, of ${String(limit)} that it may be\n`);
  if (!(milliseconds <= limit)) process.exitCode = 1;
}
