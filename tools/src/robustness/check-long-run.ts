import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { exponentBetween, linearithmicExponent } from '../scale/growth.js';
import { writeDistinctImages } from './distinct-images.js';
import { summaryOf } from './embed-outcome.js';
import { inMebibytes } from './memory/in-mebibytes.js';
import { startEmbed } from './kills/killed-run.js';
import { mediansOfParts, memoryOf, type MemorySample } from './memory/memory-curve.js';

/**
 * Embeds many small images in one run with the built-in encoders, the fastest there are, and looks at its memory and
 * its pace all the while: `node tools/dist/robustness/check-long-run.js [--items 50000]`. Fails when memory grows by more
 * than the index of what is stored, or the time faster than n·log n from the first tenth to the whole.
 */
const PARTS = 10;

/** The first part loads models and fills buffers; what comes after the second should be no more than before. */
const SETTLED = 1;

/** Of the index of what is stored, of the batch file that holds half of the items, and of garbage that waits. */
const LIMIT_BYTES_PER_ITEM = 1_600;

const LOOK_EVERY_MS = 250;

/** How far the run was, when it said so. */
interface Pace {
  readonly items: number;
  readonly seconds: number;
}

const { values } = parseArgs({ options: { items: { type: 'string', default: '50000' } } });
const items = Number(values.items);

const workingDirectory = await mkdtemp(join(tmpdir(), 'fashionmatch-long-run-'));
try {
  const images = await writeDistinctImages(join(workingDirectory, 'images'), items);
  await checkLongRun({ store: join(workingDirectory, 'store'), images, workingDirectory });
} finally {
  await rm(workingDirectory, { recursive: true });
}

async function checkLongRun(ingest: Parameters<typeof startEmbed>[0]): Promise<void> {
  const startedAt = performance.now();
  const run = startEmbed(ingest, { progress: true });
  const samples: MemorySample[] = [];
  const pace: Pace[] = [{ items: 0, seconds: 0 }];
  let done = 0;
  let before = 0;
  let said = '';
  run.child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    const lines = said.split('\n');
    said = lines.pop() ?? '';
    for (const line of lines) {
      const [, source, count] = /^Processing (\w+)[^:]*: (\d+)\//.exec(line) ?? [];
      // The references are half of the images, and come first.
      if (source === 'scraped') before = Math.ceil(items / 2);
      if (count !== undefined) done = before + Number(count);
      pace.push({ items: done, seconds: secondsSince(startedAt) });
    }
  });
  const timer = setInterval(() => {
    void memoryOf(run.child.pid ?? 0).then((memory) => memory && samples.push({ items: done, ...memory }));
  }, LOOK_EVERY_MS);
  const outcome = await run.outcome;
  clearInterval(timer);
  const seconds = secondsSince(startedAt);
  pace.push({ items, seconds });
  if (summaryOf(outcome)?.processed !== items) throw new Error(`Not all images were stored: ${outcome.stderr}`);

  say(`${String(items)} images in ${seconds.toFixed(0)} s; medians of each tenth of the run:`);
  const medians = mediansOfParts(samples, items, PARTS);
  for (const { items: upTo, anonymous, ofFiles } of medians) {
    const memory = `${inMebibytes(anonymous).padStart(8)}, and ${inMebibytes(ofFiles)} of files`;
    say(`${String(upTo).padStart(8)} images  ${memory}; after ${secondsTo(upTo, pace).toFixed(0)} s`);
  }
  const growth = (medians.at(-1)?.anonymous ?? Infinity) - (medians[SETTLED]?.anonymous ?? 0);
  say(`Growth since the second tenth: ${inMebibytes(growth)}`);
  if (!(growth <= LIMIT_BYTES_PER_ITEM * items)) process.exitCode = 1;
  const tenth = items / PARTS;
  const times = new Map([tenth, items].map((n) => [n, secondsTo(n, pace)]));
  const exponent = exponentBetween(times, tenth, items);
  const limit = linearithmicExponent(tenth, items);
  say(
    `Time grows with the exponent ${exponent.toFixed(2)} from ${String(tenth)} images on; n·log n is ${limit.toFixed(2)}`,
  );
  if (!(exponent <= limit)) process.exitCode = 1;
}

/** How long so many images took; between two things that the run said, it was equally fast all the time. */
function secondsTo(items: number, pace: readonly Pace[]): number {
  const next = pace.findIndex((said) => said.items >= items);
  const [from, to] = [pace[next - 1], pace[next]];
  if (!from || !to) return NaN;
  return from.seconds + ((items - from.items) / (to.items - from.items)) * (to.seconds - from.seconds);
}

function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1000;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
