import { spawn, spawnSync, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

import type { EmbeddedItem, EmbeddingJournal } from '@fashionmatch/domain';
import { sampleItem, seededRandom } from '@fashionmatch/domain/testing';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { openLmdbEmbeddingJournal } from './lmdb-embedding-journal.js';

const BATCH_SIZE = 20;
const DIMENSIONS = { clip: 512, dino: 384 };
const ENCODERS = { clip: 'clip-a', dino: 'dino-a' };
const LINE_DEADLINE_MS = 30_000;

const journalModule = new URL('../../dist/journal/lmdb-embedding-journal.js', import.meta.url).href;
const testingModule = new URL('../../../domain/dist/testing/index.js', import.meta.url).href;

/** Appends batch after batch from the given number on, and reports each that is safe; ends when one is not. */
const WRITER = `
import { openLmdbEmbeddingJournal } from ${JSON.stringify(journalModule)};
import { sampleItem } from ${JSON.stringify(testingModule)};

const [directory, first] = process.argv.slice(2);
${String(batchOf)}
const BATCH_SIZE = ${String(BATCH_SIZE)};
const DIMENSIONS = ${JSON.stringify(DIMENSIONS)};
const report = (line) => new Promise((resolve) => process.stdout.write(line + '\\n', resolve));

const journal = await openLmdbEmbeddingJournal({ directory, collectionName: 'looks' });
try {
  for (let batch = Number(first); ; batch++) {
    await journal.appendVectors(batchOf(batch), ${JSON.stringify(ENCODERS)});
    await journal.updateItems(batchOf(batch));
    await report(String(batch));
  }
} catch (error) {
  await report(JSON.stringify({ code: error.code, message: error.message }));
  await journal.remove(['item-0-0']);
  let items = 0;
  for await (const item of journal.getItems()) items++;
  await report(JSON.stringify({ items }));
  await journal[Symbol.asyncDispose]();
}
`;

/** The items of a batch; the writer runs the text of this function. */
function batchOf(batch: number): EmbeddedItem[] {
  return Array.from({ length: BATCH_SIZE }, (_, i) => {
    const number = batch * BATCH_SIZE + i;
    return sampleItem(`item-${String(batch)}-${String(i)}`, DIMENSIONS, {
      seed: number,
      provenance: { contentSha256: number.toString(16).padStart(64, '0') },
    });
  });
}

let directory: string;
let writerFile: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fashionmatch.journal.'));
  writerFile = join(directory, 'writer.mjs');
  await writeFile(writerFile, WRITER);
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

interface Writer {
  readonly process: ChildProcessByStdio<null, Readable, null>;
  /** What it has reported so far. */
  readonly lines: readonly string[];
  /** Waits until it has reported that many lines. */
  reported(count: number): Promise<void>;
  kill(): Promise<void>;
}

function startWriter(command: string, args: readonly string[]): Writer {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const drained = once(reader, 'close');
  return {
    process: child,
    lines,
    async reported(count) {
      const deadline = Date.now() + LINE_DEADLINE_MS;
      while (lines.length < count) {
        if (Date.now() > deadline) throw new Error(`The writer has reported ${String(lines.length)} lines only`);
        await sleep(2);
      }
    },
    async kill() {
      child.kill('SIGKILL');
      await drained;
    },
  };
}

const startWriterAt = (first: number): Writer => startWriter(process.execPath, [writerFile, directory, String(first)]);

/** How many items of each batch the journal lists. */
async function countBatches(journal: EmbeddingJournal): Promise<Map<number, number>> {
  const counts = new Map<number, number>();
  for await (const { item } of journal.getItems()) {
    const batch = Number(item.itemId.split('-')[1]);
    counts.set(batch, (counts.get(batch) ?? 0) + 1);
  }
  return counts;
}

/** Every vector of the first batches is there, to the last bit. */
async function expectVectors(journal: EmbeddingJournal, batches: number): Promise<void> {
  for (let batch = 0; batch < batches; batch++) {
    const items = batchOf(batch);
    const hashes = items.map(({ provenance }) => provenance.contentSha256);
    for (const space of ['clip', 'dino'] as const) {
      const vectors = await journal.getVectors(ENCODERS[space], hashes);
      for (const { provenance, embeddings } of items) {
        const vector = vectors.get(provenance.contentSha256) ?? new Float32Array();
        expect(Buffer.compare(bytesOf(vector), bytesOf(embeddings[space]))).toBe(0);
      }
    }
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

/** The first batches, and no others: each of them whole. */
const whole = (batches: number): Map<number, number> =>
  new Map(Array.from({ length: batches }, (_, batch) => [batch, BATCH_SIZE]));

test('what was reported before a kill is there, and nothing is there in part', async () => {
  const random = seededRandom(7);
  let next = 0;
  let reported = 0;
  for (let round = 0; round < 10; round++) {
    const writer = startWriterAt(next);
    // Now and then while it is still starting up.
    if (round % 4 > 0) await writer.reported(1);
    await sleep(random() * 400);
    await writer.kill();
    expect(writer.lines.every((line) => /^\d+$/.test(line))).toBe(true);
    reported += writer.lines.length;

    const journal = await openLmdbEmbeddingJournal({ directory, collectionName: 'looks' });
    const batches = await countBatches(journal);
    expect(batches).toEqual(whole(batches.size));
    await expectVectors(journal, batches.size);
    await journal[Symbol.asyncDispose]();
    // One more may have been safe already when the writer had not yet said so.
    const lastReported = Number(writer.lines.at(-1) ?? next - 1);
    expect([lastReported + 1, lastReported + 2]).toContain(batches.size);
    next = batches.size;
  }
  expect(reported).toBeGreaterThan(20);
});

test('another process reads while a writer writes, and goes on when the writer is killed', async () => {
  const writer = startWriterAt(0);
  await writer.reported(1);
  const journal = await openLmdbEmbeddingJournal({ directory, collectionName: 'looks', readOnly: true });
  try {
    // The file grows far beyond what the reader has mapped.
    const { bytes } = await journal.size();
    let known = 0;
    do {
      known = writer.lines.length;
      const batches = await countBatches(journal);
      for (let batch = 0; batch < known; batch++) expect(batches.get(batch)).toBe(BATCH_SIZE);
      await expectVectors(journal, known);
    } while (known < 60);
    expect((await journal.size()).bytes).toBeGreaterThan(4 * bytes);

    await writer.kill();
    const { size } = await countBatches(journal);
    const second = startWriterAt(size);
    await second.reported(3);
    await second.kill();
    const batches = await countBatches(journal);
    expect(batches).toEqual(whole(batches.size));
    expect(batches.size).toBeGreaterThanOrEqual(size + 3);
  } finally {
    await writer.kill();
    await journal[Symbol.asyncDispose]();
  }
});

const ownMounts = ['--user', '--map-root-user', '--mount'];
const canMount = spawnSync('unshare', [...ownMounts, 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()]).status === 0;

// Needs a file system of a few megabytes: a mount that only the writer sees.
(canMount ? test : test.skip)(
  'a full disk is told in words, and loses nothing',
  async () => {
    const disk = join(directory, 'disk');
    const script = `mkdir "$1" && mount -t tmpfs -o size=3m tmpfs "$1" && exec "$2" "$3" "$1/journal" 0`;
    const writer = startWriter('unshare', [...ownMounts, 'sh', '-c', script, 'sh', disk, process.execPath, writerFile]);
    await once(writer.process, 'close');
    const [items, fault, ...batches] = writer.lines.toReversed().map((line): unknown => JSON.parse(line));
    expect(fault).toEqual({
      code: 'STORE_FAILED',
      message: `The journal ${disk}/journal/vectors.mdb cannot be written: the disk is full. Make room, and run the command again`,
    });
    expect(batches.length).toBeGreaterThan(3);
    // All that was reported, without the one item that was removed to see whether that still works.
    expect(items).toEqual({ items: batches.length * BATCH_SIZE - 1 });
  },
  60_000,
);
