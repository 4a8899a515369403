import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { RecordingLogger, sampleImage } from '@fashionmatch/domain/testing';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';

import { encoderId } from './encoder-id.js';
import { resolveModel } from './model-files.js';
import { inspectModel } from './model-status.js';
import { openOnnxImageEncoder } from '../onnx/onnx-image-encoder.js';
import { constant, externalConstant, FLOAT, INT64, model, node } from '../onnx/graph/onnx-messages.test.data.js';
import { resolveTextTower } from './text-tower-files.js';

jest.setTimeout(120_000);

const GRAPH = 'onnx/vision_model.onnx';
const PREPROCESSOR = {
  size: { height: 32, width: 32 },
  resample: 3,
  image_mean: [0, 0, 0],
  image_std: [1, 1, 1],
};
const DATA = 'onnx/vision model #1.onnx.data';
const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const REPOSITORY = 'acme/outside';

/** The mean level of each channel, times one weight a channel: the weights are in another file. */
const graphWith = (location: string) =>
  model(
    [
      node('ReduceMean', ['pixel_values', 'axes'], 'kept'),
      node('Squeeze', ['kept', 'axes'], 'means'),
      node('Mul', ['means', 'weights'], 'image_embeds'),
    ],
    [
      constant('axes', INT64, BigInt64Array.of(2n, 3n)),
      externalConstant('weights', FLOAT, 3, { location, offset: '0', length: '12' }),
    ],
  );

const weights = (...values: number[]) => Buffer.from(Float32Array.from(values).buffer);

const filesOf = (data = weights(1, 2, 3)) =>
  new Map<string, Uint8Array>([
    ['preprocessor_config.json', Buffer.from(JSON.stringify(PREPROCESSOR))],
    ['config.json', Buffer.from('{"model_type": "clip", "projection_dim": 3}')],
    [GRAPH, graphWith(DATA.slice('onnx/'.length))],
    [DATA, data],
    ['onnx/text_model.onnx', graphWith('text.data')],
    ['onnx/text.data', data],
    ['tokenizer.json', Buffer.from('{}')],
  ]);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'external-weights-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function writeModel(name: string, files = filesOf()): Promise<string> {
  for (const [path, bytes] of files) {
    const written = join(folder, name, path);
    await mkdir(dirname(written), { recursive: true });
    await writeFile(written, bytes);
  }
  return join(folder, name);
}

async function vectorOf(name: string, options?: Parameters<typeof resolveModel>[1]): Promise<number[]> {
  const resolved = await resolveModel(name, options);
  await using encoder = await openOnnxImageEncoder({ model: resolved, logger: new RecordingLogger(), device: 'cpu' });
  const [vector] = await encoder.encode([await encoder.preprocess(sampleImage(40, 40, 1))]);
  return vector instanceof Float32Array ? [...vector] : [];
}

describe('a folder', () => {
  test('with other weights for the same graph is another model', async () => {
    const one = await writeModel('a/model');
    const other = await writeModel('b/model', filesOf(weights(3, 2, 1)));
    expect(await vectorOf(one)).not.toEqual(await vectorOf(other));
    expect(encoderId(await resolveModel(one), 'fast')).not.toBe(encoderId(await resolveModel(other), 'fast'));
    const [tower, otherTower] = [await resolveTextTower(one), await resolveTextTower(other)];
    expect(tower.sha256).not.toBe(otherTower.sha256);
  });

  test('is the same model behind links, as the cache of the hub has them', async () => {
    const one = await writeModel('a/model');
    const linked = await writeModel('b/model');
    for (const path of [GRAPH, DATA]) {
      await rm(join(linked, path));
      await symlink(join(one, path), join(linked, path));
    }
    expect((await resolveModel(linked)).sha256).toBe((await resolveModel(one)).sha256);
    expect(await vectorOf(linked)).toEqual(await vectorOf(one));
    expect((await inspectModel(linked)).files.map(({ state }) => state)).not.toContain('corrupt');
  });

  test('with its weights in the graph has the hash of that file, as ever', async () => {
    const files = filesOf();
    const whole = model([], [constant('w', FLOAT, Float32Array.of(1, 2, 3))]);
    files.set(GRAPH, whole);
    const { sha256 } = await resolveModel(await writeModel('whole', files));
    expect(sha256).toBe(createHash('sha256').update(whole).digest('hex'));
  });

  test('without the file of its weights is not whole, and is not used', async () => {
    const name = await writeModel('model');
    const states = async () => (await inspectModel(name)).files.map(({ path, state }) => `${state} ${path}`);
    expect(await states()).toContain(`present ${join(name, DATA)}`);
    await truncate(join(name, DATA), 11);
    expect(await states()).toContain(`corrupt ${join(name, DATA)}`);
    await rm(join(name, DATA));
    expect(await states()).toContain(`missing ${join(name, DATA)}`);
    await rm(join(name, 'onnx/text.data'));
    expect((await inspectModel(name)).files).toContainEqual(
      expect.objectContaining({ path: join(name, 'onnx/text.data'), state: 'missing', neededFor: 'texts', size: 12 }),
    );
    await expect(resolveModel(name)).rejects.toMatchObject({
      code: 'MODEL_MISSING',
      message: expect.stringContaining(join(name, DATA)),
    });
    await expect(resolveTextTower(name)).rejects.toMatchObject({ code: 'MODEL_MISSING' });
  });

  test('whose graph reaches out of it is not used, and nothing outside is read', async () => {
    const name = await writeModel('model', filesOf().set(GRAPH, graphWith('../../secret')));
    await writeFile(join(folder, 'secret'), weights(1, 2, 3));
    await expect(resolveModel(name)).rejects.toMatchObject({ code: 'MODEL_INVALID' });
    const { files } = await inspectModel(name);
    expect(files.find(({ path }) => path.endsWith(GRAPH))?.state).toBe('corrupt');
    expect(files.map(({ path }) => path)).not.toContain(join(folder, 'secret'));
  });

  test('whose weights are a link out of it is not used', async () => {
    const name = await writeModel('model');
    await writeFile(join(folder, 'secret'), weights(1, 2, 3));
    await rm(join(name, DATA));
    await symlink(join(folder, 'secret'), join(name, DATA));
    await expect(resolveModel(name)).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining("a link out of the model's folder"),
    });
    expect((await inspectModel(name)).files.map(({ state }) => state)).toContain('corrupt');
  });
});

describe('a repository of the hub', () => {
  let requested: string[];
  let options: { readonly env: Record<string, string>; readonly retryDelayMs: number };
  const files = filesOf();
  const hub = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '');
    if (path.startsWith('/api/models/')) {
      const siblings = [...files.keys()].map((rfilename) => ({ rfilename }));
      response.end(JSON.stringify({ sha: COMMIT, siblings }));
      return;
    }
    const name = path.slice(`/${REPOSITORY}/resolve/${COMMIT}/`.length);
    requested.push(name);
    const bytes = files.get(name);
    if (bytes === undefined) response.writeHead(404).end();
    else response.setHeader('etag', `"${createHash('sha256').update(bytes).digest('hex')}"`).end(bytes);
  });

  beforeEach(async () => {
    requested = [];
    await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve));
    const address = hub.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const env = { HF_ENDPOINT: `http://127.0.0.1:${String(port)}`, HF_HUB_CACHE: join(folder, 'cache') };
    options = { env, retryDelayMs: 5 };
  });

  afterEach(async () => {
    hub.closeAllConnections();
    await new Promise((resolve) => hub.close(resolve));
  });

  const statesOf = async (thorough: boolean) =>
    (await inspectModel(REPOSITORY, { ...options, thorough })).files.map(({ state }) => state);

  test('is downloaded with all of its files, listed with them, and runs', async () => {
    const { sha256, path } = await resolveModel(REPOSITORY, options);
    expect(requested).toEqual(['preprocessor_config.json', 'config.json', GRAPH, DATA]);
    expect(sha256).toBe((await resolveModel(await writeModel('same'))).sha256);
    expect(await readFile(join(dirname(path), DATA.slice('onnx/'.length)))).toEqual(files.get(DATA));
    expect(await statesOf(true)).toEqual(['present', 'present', 'present']);
    requested.length = 0;
    expect(await vectorOf(REPOSITORY, options)).toHaveLength(3);
    expect(requested).toEqual([]);

    await resolveTextTower(REPOSITORY, options);
    expect(requested).toEqual(['tokenizer.json', 'onnx/text_model.onnx', 'onnx/text.data']);
  });

  test('is mended where its weights are damaged or gone', async () => {
    const { path, sha256 } = await resolveModel(REPOSITORY, options);
    const data = join(dirname(path), DATA.slice('onnx/'.length));
    await writeFile(data, weights(1, 2, 4));
    expect(await statesOf(true)).toEqual(['present', 'present', 'corrupt']);
    expect((await resolveModel(REPOSITORY, options)).sha256).toBe(sha256);
    expect(await readFile(data)).toEqual(files.get(DATA));
    const blobs = await readdir(join(folder, 'cache', 'models--acme--outside', 'blobs'));
    expect(blobs.filter((name) => name.endsWith('.corrupt'))).toHaveLength(1);

    await rm(data);
    expect(await statesOf(false)).toEqual(['present', 'present', 'missing']);
    await expect(resolveModel(REPOSITORY, { ...options, offline: true })).rejects.toMatchObject({
      code: 'MODEL_MISSING',
    });
    expect((await resolveModel(REPOSITORY, options)).sha256).toBe(sha256);
  });
});
