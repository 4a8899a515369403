import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { RecordingLogger } from '@fashionmatch/domain/testing';
import { openEmbeddedChroma } from '@fashionmatch/storage';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { writeDistinctImages } from '../robustness/distinct-images.js';
import { endOf, fashionmatchOn, type Ingest } from '../robustness/kills/killed-run.js';
import type { Outcome } from './running/fashionmatch-process.js';
import { deleteHalves, readRawCollections } from './running/raw-collections.js';

let ingest: Ingest;

beforeEach(async () => {
  const workingDirectory = await mkdtemp(join(tmpdir(), 'fashionmatch-status-'));
  const images = await writeDistinctImages(join(workingDirectory, 'images'), 9);
  ingest = { store: join(workingDirectory, 'store'), images, workingDirectory };
});

afterEach(async () => {
  await rm(ingest.workingDirectory, { recursive: true });
});

const run = (...args: string[]): Promise<Outcome> => endOf(fashionmatchOn(ingest, args));

test('where nothing is stored, it says so, and makes nothing', async () => {
  const { exitCode, stdout, stderr } = await run('status', '--check');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toMatch(/fashion_items_clip +none yet\nfashion_items_dino +none yet/);
  expect(await readdir(ingest.workingDirectory)).toEqual(['images']);
});

test('it tells items, sources, encoders and sizes; drift is exit 4 with --check alone', async () => {
  await run('embed');
  const { exitCode, stdout } = await run('status', '--check', '--json');
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    schema_version: 1,
    location: ingest.store,
    generation: 'main',
    collections: {
      clip: {
        name: 'fashion_items_clip',
        state: 'present',
        items: 9,
        encoder: encoder('builtin/colour-layout', 512),
      },
      dino: { name: 'fashion_items_dino', state: 'present', items: 9, encoder: encoder('builtin/structure', 384) },
    },
    items_by_source: { references: 5, scraped: 4, unknown: 0 },
    drift: false,
    items_in_one_only: 0,
    spot_check: { items: 9, at_fault: 0 },
    journal: { items: 9, vectors: 18, bytes: expect.any(Number) },
    bytes_on_disk: expect.any(Number),
    in_use_by: null,
  });

  // As many in each, and still not the same.
  const { ids } = (await readRawCollections(ingest.store, 'fashion_items')).clip;
  await deleteHalves(ingest.store, 'fashion_items_clip', ids.slice(0, 1));
  await deleteHalves(ingest.store, 'fashion_items_dino', ids.slice(1, 2));
  const plain = await run('status');
  expect(plain.exitCode).toBe(0);
  expect(plain.stdout).toContain('2 items in one collection only: `fashionmatch verify --repair` mends that.');
  const checked = await run('status', '--check', '--json');
  expect(checked.exitCode).toBe(4);
  expect(JSON.parse(checked.stdout)).toMatchObject({ drift: true, items_in_one_only: 2 });
});

test('it joins the server of whoever has the store open, and names them', async () => {
  await run('embed');
  await using server = await openEmbeddedChroma({ persistDirectory: ingest.store, logger: new RecordingLogger() });
  const { exitCode, stdout } = await run('status', '--json');
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    collections: { clip: { items: 9 }, dino: { items: 9 } },
    in_use_by: { pid: process.pid, access: 'write', server: { port: server.port } },
  });
  expect((await run('status')).stdout).toContain(`Being written by process ${String(process.pid)} on `);
});

function encoder(name: string, dimensions: number): object {
  return { id: expect.stringMatching(new RegExp(`^${name}#fp32:`)), dimensions };
}
