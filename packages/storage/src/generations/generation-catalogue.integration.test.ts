import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { generationCatalogueContract, RecordingLogger, type GenerationPlace } from '@fashionmatch/domain/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { connectRemoteChroma } from '../chroma/connection/chroma-connection.js';
import { openEmbeddedChroma, type EmbeddedChroma } from '../chroma-server/embedded-chroma.js';
import { chromaGenerationCatalogue } from './open-generation-catalogue.js';

const logger = new RecordingLogger();
const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'fashionmatch-generations-'));

const SECOND = {
  name: 'second',
  models: { clipModel: 'a', dinoModel: 'b', precision: 'fp32', resample: 'fast', colour: 'convert' },
  createdAt: '2026-12-01T03:00:00.000Z',
  isBeingDropped: false,
};

describe('in a folder', () => {
  const open = async (): Promise<GenerationPlace & AsyncDisposable & { readonly folder: string }> => {
    const folder = await newFolder();
    const place = { persistDirectory: folder, collectionName: 'items', batchSize: 100 };
    return {
      folder,
      catalogue: () => chromaGenerationCatalogue(place, { logger }),
      [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
    };
  };

  generationCatalogueContract(test, open);

  test('to read makes nothing, and other programs find the collections by name', async () => {
    await using place = await open();
    await place.catalogue().read();
    expect(await readdir(place.folder)).toEqual([]);
    await place.catalogue().change(() => ({ serving: 'second', others: [SECOND] }));
    const path = join(place.folder, 'fashionmatch-generations.json');
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({
      schema_version: 1,
      collections: { items: { serving: 'second', clip: 'items.second_clip', dino: 'items.second_dino' } },
    });
    expect(await readdir(place.folder)).toEqual(['fashionmatch-generations.json']);
  });

  test('two stores of one folder have their own', async () => {
    await using place = await open();
    const other = { persistDirectory: place.folder, collectionName: 'others', batchSize: 100 };
    await place.catalogue().change(() => ({ serving: 'second', others: [SECOND] }));
    const catalogue = chromaGenerationCatalogue(other, { logger });
    expect(await catalogue.read()).toEqual({ serving: 'main', others: [] });
    await catalogue.change((now) => ({ ...now, others: [SECOND] }));
    expect((await place.catalogue().read()).serving).toBe('second');
  });

  test('a damaged file is no main one that serves', async () => {
    await using place = await open();
    await writeFile(join(place.folder, 'fashionmatch-generations.json'), '{"schema_version":1,"coll');
    await expect(place.catalogue().read()).rejects.toMatchObject({ code: 'STORE_FAILED' });
    await expect(place.catalogue().change((now) => now)).rejects.toMatchObject({ code: 'STORE_FAILED' });
  });
});

describe('on a server of one’s own', () => {
  let folder = '';
  let server: EmbeddedChroma;

  beforeAll(async () => {
    folder = await newFolder();
    server = await openEmbeddedChroma({ persistDirectory: folder, logger });
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  const placeOf = (collectionName: string): Promise<GenerationPlace> => {
    const { host, port } = server;
    const place = { host, port, persistDirectory: '/nowhere', collectionName, batchSize: 100 };
    return Promise.resolve({ catalogue: () => chromaGenerationCatalogue(place, { logger }) });
  };

  generationCatalogueContract(test, () => placeOf(`test-${randomUUID()}`));

  test('other programs find the collections by name', async () => {
    const name = `items-${randomUUID()}`;
    const { catalogue } = await placeOf(name);
    await catalogue().change(() => ({ serving: 'second', others: [SECOND] }));
    const { request } = await connectRemoteChroma({ host: server.host, port: server.port, logger });
    const { metadata } = await request((client) => client.getCollection({ name: `${name}_generations` }));
    expect(metadata).toMatchObject({
      fm_serving: 'second',
      fm_serving_clip: `${name}.second_clip`,
      fm_serving_dino: `${name}.second_dino`,
    });
  });

  test('a collection of that name that is another program’s says so', async () => {
    const name = `items-${randomUUID()}`;
    const { request } = await connectRemoteChroma({ host: server.host, port: server.port, logger });
    await request((client) => client.createCollection({ name: `${name}_generations`, embeddingFunction: null }));
    const { catalogue } = await placeOf(name);
    await expect(catalogue().read()).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining('does not say which generation serves'),
    });
  });
});
