import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { perSpace, type StoreEngine } from '@fashionmatch/domain';
import {
  collect,
  RecordingLogger,
  sampleItem,
  storeEngineContract,
  type StorePlace,
} from '@fashionmatch/domain/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { openEmbeddedChroma, type EmbeddedChroma } from '../chroma-server/embedded-chroma.js';
import { chromaStoreEngine, type ChromaPlace } from './chroma-store-engine.js';

const DIMENSIONS = { clip: 16, dino: 8 };
const logger = new RecordingLogger();
const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'fashionmatch-engine-'));
const placeAt = (place: Pick<ChromaPlace, 'persistDirectory' | 'host' | 'port'>): StorePlace => {
  const collectionName = `test-${randomUUID()}`;
  return { engine: (access) => chromaStoreEngine({ ...place, collectionName, batchSize: 100 }, { access, logger }) };
};

describe('in a folder', () => {
  storeEngineContract(test, async () => {
    const persistDirectory = await newFolder();
    return { ...placeAt({ persistDirectory }), [Symbol.asyncDispose]: () => rm(persistDirectory, { recursive: true }) };
  });

  test('readers and checks make no file, nor does mending where there is nothing to mend', async () => {
    const persistDirectory = await newFolder();
    const { engine } = placeAt({ persistDirectory });
    for (const access of ['read', 'check', 'mend'] as const) {
      await using opened: StoreEngine = engine(access);
      expect(opened.folder).toBe(persistDirectory);
      expect(await opened.exists()).toBe(false);
      await opened.journal();
      await opened.status();
    }
    expect(await readdir(persistDirectory)).toEqual([]);
    await rm(persistDirectory, { recursive: true });
  });

  test('what others change there is told, and what they read is not', async () => {
    const persistDirectory = await newFolder();
    const encoders = perSpace((space) => ({ id: `test/${space}`, dimensions: DIMENSIONS[space] }));
    const { engine } = placeAt({ persistDirectory });
    await using writing = engine('write');
    const writer = await writing.open(encoders);
    await writer.upsert([sampleItem('a', DIMENSIONS)]);
    await using reading = engine('read');
    const reader = await reading.open(encoders);
    const before = await reader.revision();
    expect(before).toBeDefined();
    await collect(reader.listItems());
    await reader.candidates({ space: 'clip', vector: sampleItem('a', DIMENSIONS).embeddings.clip, topK: 1 });
    expect(await reader.revision()).toBe(before);
    await writer.updateMetadata([sampleItem('a', DIMENSIONS, { item: { price: 7 } })]);
    expect(await reader.revision()).not.toBe(before);
    await reading[Symbol.asyncDispose]();
    await writing[Symbol.asyncDispose]();
    await rm(persistDirectory, { recursive: true });
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

  const open = (): Promise<StorePlace> => {
    const { host, port } = server;
    return Promise.resolve(placeAt({ persistDirectory: '/nowhere', host, port }));
  };

  storeEngineContract(test, open);

  test('no journal is kept, and no folder is used', async () => {
    await using engine = (await open()).engine('write');
    expect(await engine.journal()).toBeUndefined();
    const { location, bytesOnDisk, journal } = await engine.status();
    expect({ location, bytesOnDisk, journal, folder: engine.folder }).toEqual({
      ...{ location: `127.0.0.1:${String(server.port)}`, bytesOnDisk: undefined },
      ...{ journal: undefined, folder: undefined },
    });
  });
});
