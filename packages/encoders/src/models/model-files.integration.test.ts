import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { FashionMatchError } from '@fashionmatch/domain';
import { RecordingLogger } from '@fashionmatch/domain/testing';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';

import { inspectModel } from './model-status.js';
import { resolveModel, type ResolveModelOptions } from './model-files.js';
import { message } from '../onnx/graph/onnx-messages.test.data.js';
import { resolveTextTower } from './text-tower-files.js';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const REPOSITORY = 'acme/encoder';
const WEIGHTS = 'onnx/vision_model.onnx';
const PREPROCESSOR = JSON.stringify({
  size: { height: 224, width: 224 },
  resample: 3,
  image_mean: [0.5, 0.5, 0.5],
  image_std: [0.5, 0.5, 0.5],
});

const CONFIG = '{"model_type": "clip_vision_model", "projection_dim": 512, "hidden_size": 768}';

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const gitSha1 = (bytes: Buffer) =>
  createHash('sha1')
    .update(`blob ${String(bytes.length)}\0`)
    .update(bytes)
    .digest('hex');

/** The same bytes but for one bit. */
function flipped(bytes: Buffer): Buffer {
  const wrong = Buffer.from(bytes);
  wrong[1234] = (wrong[1234] ?? 0) ^ 1;
  return wrong;
}

/** A time that every file system keeps as it is. */
const WHOLE_SECOND = new Date('2025-01-15T14:30:22Z');

/** Answers one request in its own way, and says whether it did. */
type Trouble = (request: IncomingMessage, response: ServerResponse, bytes: Buffer) => void;

/** A hub of one repository: small files come from it, large ones from a storage server of another origin. */
class LocalHub {
  /** A graph that is nothing but its description. */
  readonly weights = Buffer.from(message([7, message([10, randomBytes(400_000)])]));
  readonly files = new Map<string, Buffer>([
    ['preprocessor_config.json', Buffer.from(PREPROCESSOR)],
    ['config.json', Buffer.from(CONFIG)],
    [WEIGHTS, this.weights],
  ]);
  /** What goes wrong with the next requests for the weights, in order; after these, all is well. */
  readonly troubles: Trouble[] = [];
  readonly requests: { path: string; range: string; authorised: boolean; origin: 'hub' | 'storage' }[] = [];
  readonly #hub = createServer((request, response) => {
    this.#answerHub(request, response);
  });
  readonly #storage = createServer((request, response) => {
    this.#answerStorage(request, response);
  });

  async open(): Promise<this> {
    for (const server of [this.#hub, this.#storage]) {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    }
    return this;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${String(portOf(this.#hub.address()))}`;
  }

  weightRequests(): string[] {
    return this.requests.filter(({ origin }) => origin === 'storage').map(({ range }) => range);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of [this.#hub, this.#storage]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  #note(request: IncomingMessage, origin: 'hub' | 'storage'): string {
    const path = request.url ?? '';
    const { range = '', authorization } = request.headers;
    this.requests.push({ path, range, authorised: authorization === 'Bearer hf_secret', origin });
    return path;
  }

  #answerHub(request: IncomingMessage, response: ServerResponse): void {
    const path = this.#note(request, 'hub');
    if (path.startsWith(`/api/models/${REPOSITORY}/revision/`)) {
      response.setHeader('content-type', 'application/json');
      const siblings = [...this.files.keys()].map((rfilename) => ({ rfilename }));
      response.end(JSON.stringify({ sha: COMMIT, siblings }));
      return;
    }
    const [, file = ''] = /^\/.+\/resolve\/[0-9a-f]{40}\/(.+)$/.exec(path) ?? [];
    const bytes = this.files.get(file);
    response.setHeader('x-repo-commit', COMMIT);
    if (bytes === undefined) {
      response.writeHead(404).end('Entry not found');
    } else if (file.endsWith('.onnx')) {
      response.setHeader('x-linked-etag', `"${sha256(bytes)}"`);
      const port = portOf(this.#storage.address());
      response.writeHead(302, { location: `http://127.0.0.1:${String(port)}/${file}` }).end();
    } else {
      response.setHeader('etag', `"${gitSha1(bytes)}"`);
      response.end(bytes);
    }
  }

  #answerStorage(request: IncomingMessage, response: ServerResponse): void {
    this.#note(request, 'storage');
    const trouble = this.troubles.shift() ?? serve;
    trouble(request, response, this.weights);
  }
}

function portOf(address: string | AddressInfo | null): number {
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

const offsetIn = (range: string | undefined): number => Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);

const serve: Trouble = (request, response, bytes) => {
  const start = offsetIn(request.headers.range);
  response.setHeader('etag', '"of-the-storage-alone"');
  if (start >= bytes.length) {
    response.writeHead(416, { 'content-range': `bytes */${String(bytes.length)}` }).end();
    return;
  }
  response.setHeader('content-length', bytes.length - start);
  if (start > 0) {
    response.writeHead(206, {
      'content-range': `bytes ${String(start)}-${String(bytes.length - 1)}/${String(bytes.length)}`,
    });
  }
  response.end(bytes.subarray(start));
};

/** Serves as asked, and breaks the connection after `count` bytes. */
const dropAfter =
  (count: number): Trouble =>
  (request, response, bytes) => {
    const start = offsetIn(request.headers.range);
    if (start > 0) {
      response.writeHead(206, {
        'content-range': `bytes ${String(start)}-${String(bytes.length - 1)}/${String(bytes.length)}`,
        'content-length': bytes.length - start,
      });
    } else {
      response.setHeader('content-length', bytes.length);
    }
    // Long enough for a busy client to take what was sent, which breaking a connection throws away.
    response.write(bytes.subarray(start, start + count), () => {
      setTimeout(() => response.destroy(), 500);
    });
  };

const status =
  (code: number, headers: Record<string, string> = {}): Trouble =>
  (_, response) =>
    response.writeHead(code, headers).end();

const flipOneByte: Trouble = (request, response, bytes) => {
  serve(request, response, flipped(bytes));
};

const ignoreRange: Trouble = (request, response, bytes) => {
  request.headers.range = '';
  serve(request, response, bytes);
};

const stall: Trouble = (_, response, bytes) => {
  response.setHeader('content-length', bytes.length);
  response.write(bytes.subarray(0, 1000));
};

jest.setTimeout(60_000);

let hub: LocalHub;
let cache: string;

beforeEach(async () => {
  hub = await new LocalHub().open();
  cache = await mkdtemp(join(tmpdir(), 'model-files-'));
});

afterEach(async () => {
  await hub[Symbol.asyncDispose]();
  await rm(cache, { recursive: true, force: true });
});

const options = (more: Partial<ResolveModelOptions> = {}): ResolveModelOptions => ({
  env: { HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: cache },
  retryDelayMs: 5,
  stallMs: 2000,
  ...more,
});

const offline = () => options({ env: { HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: cache, HF_HUB_OFFLINE: '1' } });

const resolve = (more?: Partial<ResolveModelOptions>) => resolveModel(REPOSITORY, options(more));

async function faultOf(resolving: Promise<unknown>): Promise<FashionMatchError> {
  const error: unknown = await resolving.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof FashionMatchError) return error;
  throw new Error(`Expected a FashionMatchError, got ${String(error)}`);
}

const blobFolder = () => join(cache, 'models--acme--encoder', 'blobs');

describe('a download', () => {
  test('gives verified files in the layout of the hub, and the next time sends no request', async () => {
    const model = await resolve();
    expect(model).toMatchObject({
      name: REPOSITORY,
      revision: COMMIT,
      precision: 'fp32',
      sha256: sha256(hub.weights),
      modelType: 'clip_vision_model',
      dimensions: 512,
    });
    expect(model.path).toBe(join(cache, 'models--acme--encoder', 'snapshots', COMMIT, WEIGHTS));
    expect(await readFile(model.path)).toEqual(hub.weights);
    expect(await readdir(blobFolder())).toContain(sha256(hub.weights));

    hub.requests.length = 0;
    expect(await resolve()).toEqual(model);
    expect(await resolveModel(REPOSITORY, offline())).toEqual(model);
    expect(hub.requests).toEqual([]);
  });

  test('tells how far it is', async () => {
    const seen: number[] = [];
    await resolve({
      onProgress: ({ path, received, total }) => {
        if (path === WEIGHTS) seen.push(received / (total ?? NaN));
      },
    });
    expect(seen.at(-1)).toBe(1);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  test('of a revision by its name after @', async () => {
    await resolveModel(`${REPOSITORY}@v1.0`, options());
    expect(hub.requests[0]?.path).toBe(`/api/models/${REPOSITORY}/revision/v1.0`);
  });

  test('sends the token to the hub and to nobody else', async () => {
    await resolve({ env: { HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: cache, HF_TOKEN: 'hf_secret' } });
    for (const { origin, authorised } of hub.requests) expect(authorised).toBe(origin === 'hub');
    expect(hub.weightRequests()).toHaveLength(1);
  });

  test('by three processes at once happens once', async () => {
    const script = `
      const { resolveModel } = await import(${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)});
      console.log((await resolveModel(${JSON.stringify(REPOSITORY)})).sha256);`;
    const env = { ...process.env, HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: cache };
    const runs = [1, 2, 3].map(() =>
      promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env }),
    );
    for (const { stdout } of await Promise.all(runs)) expect(stdout.trim()).toBe(sha256(hub.weights));
    expect(hub.weightRequests()).toHaveLength(1);
  });
});

describe('what goes wrong on the way', () => {
  test('ten dropped connections cost ten resumes', async () => {
    const lengths = Array.from({ length: 10 }, () => 1 + Math.floor(Math.random() * 30_000));
    hub.troubles.push(...lengths.map(dropAfter));
    const { path } = await resolve();
    expect(await readFile(path)).toEqual(hub.weights);
    const offsets = hub.weightRequests().map(offsetIn);
    expect(offsets).toHaveLength(11);
    // What a connection still held when it broke may be lost with it: at most all of its bytes.
    for (const [i, length] of lengths.entries()) {
      const arrived = (offsets[i + 1] ?? NaN) - (offsets[i] ?? NaN);
      expect(arrived).toBeGreaterThanOrEqual(0);
      expect(arrived).toBeLessThanOrEqual(length);
    }
    expect(offsets.at(-1)).toBeGreaterThan(0);
  });

  test('a run that was killed is gone on with', async () => {
    hub.troubles.push(dropAfter(100_000), status(404));
    expect((await faultOf(resolve())).code).toBe('MODEL_MISSING');
    await resolve();
    const [first, second = 0, third] = hub.weightRequests().map(offsetIn);
    expect([first, third]).toEqual([0, second]);
    expect(second).toBeGreaterThan(0);
  });

  test('a run that was killed between the last byte and the renaming', async () => {
    hub.troubles.push(status(404));
    await faultOf(resolve());
    await writeFile(join(blobFolder(), `${COMMIT}-onnx-vision_model.onnx.part`), hub.weights);
    expect((await resolve()).sha256).toBe(sha256(hub.weights));
  });

  test('a hub that sends everything although the rest was asked for', async () => {
    hub.troubles.push(dropAfter(50_000), ignoreRange);
    expect((await resolve()).sha256).toBe(sha256(hub.weights));
  });

  test('429 and 503 are waited for', async () => {
    hub.troubles.push(status(429, { 'retry-after': '0' }), status(503));
    expect((await resolve()).sha256).toBe(sha256(hub.weights));
    expect(hub.weightRequests()).toHaveLength(3);
  });

  test('a connection without a byte is given up and tried again', async () => {
    hub.troubles.push(stall);
    expect((await resolve({ stallMs: 200 })).sha256).toBe(sha256(hub.weights));
    expect(hub.weightRequests().map(offsetIn)).toEqual([0, 1000]);
  });

  test('wrong bytes once are fetched again', async () => {
    hub.troubles.push(flipOneByte);
    expect((await resolve()).sha256).toBe(sha256(hub.weights));
    expect(hub.weightRequests()).toEqual(['', '']);
  });

  test('wrong bytes twice are refused, and nothing of them stays', async () => {
    hub.troubles.push(flipOneByte, flipOneByte);
    const { code, message } = await faultOf(resolve());
    expect(code).toBe('MODEL_INVALID');
    expect(message).toContain('wrong content');
    expect((await readdir(blobFolder())).filter((name) => name.length === 64 || name.endsWith('.part'))).toEqual([]);
  });

  test('a hub that never gets better is given up, with what to do next', async () => {
    hub.troubles.push(...Array.from({ length: 9 }, () => status(503)));
    const { code, message } = await faultOf(resolve());
    expect(code).toBe('MODEL_MISSING');
    expect(message).toContain('the hub answered 503');
    expect(message).toContain('fashionmatch models pull');
    expect(hub.weightRequests()).toHaveLength(5);
  });

  test('a hub that cannot be reached', async () => {
    const env = { HF_ENDPOINT: 'http://127.0.0.1:2', HF_HUB_CACHE: cache };
    const { code, message } = await faultOf(resolve({ env }));
    expect(code).toBe('MODEL_MISSING');
    expect(message).toContain('http://127.0.0.1:2');
    for (const way of ['clip_model: builtin/colour-layout', 'dino_model: builtin/structure', 'HF_ENDPOINT', cache]) {
      expect(message).toContain(way);
    }
  });

  // A name that cannot be looked up, and a port where nobody listens.
  test.each(['http://hub.invalid', 'http://127.0.0.1:2'])('%s is tried twice, within seconds', async (endpoint) => {
    const requests: string[] = [];
    const counted: typeof fetch = (input, init) => {
      requests.push(input instanceof Request ? input.url : input.toString());
      return fetch(input, init);
    };
    const env = { HF_ENDPOINT: endpoint, HF_HUB_CACHE: cache };
    const begin = performance.now();
    for (const name of [REPOSITORY, 'openai/clip-vit-base-patch32']) {
      // As users have it: without shorter waits.
      await faultOf(resolveModel(name, { env, fetch: counted }));
      expect(requests.splice(0)).toHaveLength(2);
    }
    expect(performance.now() - begin).toBeLessThan(10_000);
  });

  test('a hub that is lost after a part has arrived is waited for', async () => {
    hub.troubles.push(dropAfter(50_000));
    let refusals = 3;
    const flaky: typeof fetch = async (input, init) => {
      const isRest = new Headers(init?.headers).has('range');
      if (!isRest || refusals === 0) return fetch(input, init);
      refusals--;
      return fetch('http://127.0.0.1:2', init);
    };
    expect((await resolve({ fetch: flaky })).sha256).toBe(sha256(hub.weights));
    expect(refusals).toBe(0);
  });

  test('a file of the catalogue that is not the one it names', async () => {
    const { code, message } = await faultOf(resolveModel('openai/clip-vit-base-patch32', options()));
    expect(code).toBe('MODEL_INVALID');
    expect(message).toContain('preprocessor_config.json');
  });

  test('a repository without an image encoder names the files it looked for', async () => {
    const { code, message } = await faultOf(resolve({ precision: 'fp16' }));
    expect(code).toBe('MODEL_MISSING');
    expect(message).toContain('onnx/vision_model_fp16.onnx');
  });
});

describe('a text tower', () => {
  const publish = (modelType: string): void => {
    hub.files.set('config.json', Buffer.from(JSON.stringify({ model_type: modelType, projection_dim: 512 })));
    hub.files.set('onnx/text_model.onnx', hub.weights);
    hub.files.set('tokenizer.json', Buffer.from('{}'));
  };

  test('comes from the commit of its image encoder, verified, and the next time sends no request', async () => {
    publish('clip');
    const tower = await resolveTextTower(REPOSITORY, options());
    expect(tower).toMatchObject({ revision: COMMIT, precision: 'fp32', sha256: sha256(hub.weights) });
    expect(tower.tokenizerSha256).toBe(sha256(Buffer.from('{}')));
    expect(await readFile(tower.path)).toEqual(hub.weights);
    hub.requests.length = 0;
    expect(await resolveTextTower(REPOSITORY, offline())).toEqual(tower);
    expect(hub.requests).toEqual([]);
    await resolve();
    const { files } = await inspectModel(REPOSITORY, options());
    expect(files.map(({ state, neededFor }) => `${state} ${neededFor}`)).toEqual([
      ...['present images', 'present images', 'present texts', 'present texts'],
    ]);
  });

  test.each(['blip', 'clip_vision_model'])('of a %s model is none, and is not downloaded', async (modelType) => {
    publish(modelType);
    const { code, message } = await faultOf(resolveTextTower(REPOSITORY, options()));
    expect([code, message]).toEqual(['MODEL_MISSING', expect.stringContaining('needs CLIP')]);
    expect(hub.weightRequests()).toEqual([]);
  });

  test('that the repository does not have is named as missing', async () => {
    publish('clip');
    hub.files.delete('onnx/text_model.onnx');
    const { code, message } = await faultOf(resolveTextTower(REPOSITORY, options()));
    expect([code, message]).toEqual(['MODEL_MISSING', expect.stringContaining('needs CLIP')]);
  });
});

test('a file without a known hash is trusted once: another content is refused ever after', async () => {
  const logger = new RecordingLogger();
  await resolve({ logger });
  expect(logger.events.map(({ message }) => message)).toContainEqual(expect.stringContaining('asked for from now on'));
  await rm(join(cache, 'models--acme--encoder', 'snapshots'), { recursive: true });
  await rm(blobFolder(), { recursive: true });
  hub.files.set('preprocessor_config.json', Buffer.from(`${PREPROCESSOR} `));
  const { code, message } = await faultOf(resolve());
  expect([code, message]).toEqual(['MODEL_INVALID', expect.stringContaining('altered on the way or replaced')]);
});

describe('what is in the cache', () => {
  test('is not downloaded offline; the message says what to do', async () => {
    const { code, message } = await faultOf(resolveModel(REPOSITORY, offline()));
    expect(code).toBe('MODEL_MISSING');
    expect(message).toContain('fashionmatch models pull');
    expect(message).toContain('models--acme--encoder');
    expect(hub.requests).toEqual([]);
  });

  test('is read again when it changed, put aside when it is damaged, and fetched again', async () => {
    const { path } = await resolve();
    const damaged = flipped(hub.weights);
    await writeFile(path, damaged);

    expect((await faultOf(resolveModel(REPOSITORY, offline()))).code).toBe('MODEL_MISSING');
    expect((await resolve()).sha256).toBe(sha256(hub.weights));
    expect(await readFile(path)).toEqual(hub.weights);
    expect(await readFile(join(blobFolder(), `${sha256(hub.weights)}.corrupt`))).toEqual(damaged);
  });

  test('is read only once while it stays as it is', async () => {
    const { path } = await resolve();
    await utimes(path, WHOLE_SECOND, WHOLE_SECOND);
    await resolve();
    await writeFile(path, flipped(hub.weights));
    await utimes(path, WHOLE_SECOND, WHOLE_SECOND);
    // Same size and time of change: taken as it was found before. Reading 350 MB each time is what this saves.
    hub.requests.length = 0;
    expect((await resolve()).path).toBe(path);
    expect(hub.requests).toEqual([]);
    expect(await readFile(path)).toEqual(flipped(hub.weights));
  });
});

describe('what is here of a model', () => {
  const states = async (thorough = false) => {
    const { files } = await inspectModel(REPOSITORY, { ...options(), thorough });
    return files.map(({ state }) => state);
  };

  test('is told without a request, before the download and after it', async () => {
    expect(await states()).toEqual(['missing', 'missing']);
    await resolve();
    hub.requests.length = 0;
    const { revision, kind, files } = await inspectModel(REPOSITORY, options());
    expect([kind, revision]).toEqual(['hub', COMMIT]);
    expect(files.map(({ state, size, hash }) => ({ state, size, hash }))).toEqual([
      { state: 'present', size: PREPROCESSOR.length, hash: gitSha1(Buffer.from(PREPROCESSOR)) },
      { state: 'present', size: hub.weights.length, hash: sha256(hub.weights) },
    ]);
    expect(hub.requests).toEqual([]);
  });

  test('a damaged file is found at once when its time of change tells, and else by reading all', async () => {
    const { path } = await resolve();
    await utimes(path, WHOLE_SECOND, WHOLE_SECOND);
    await resolve();
    await writeFile(path, flipped(hub.weights));
    await utimes(path, WHOLE_SECOND, WHOLE_SECOND);
    expect(await states()).toEqual(['present', 'present']);
    expect(await states(true)).toEqual(['present', 'corrupt']);
    await utimes(path, WHOLE_SECOND, new Date());
    expect(await states()).toEqual(['present', 'corrupt']);
    // Looking changes nothing.
    expect((await stat(path)).size).toBe(hub.weights.length);
  });

  test('built-in models are compared with what was shipped', async () => {
    const { kind, files } = await inspectModel('builtin/structure');
    expect(kind).toBe('builtin');
    expect(files.map(({ state }) => state)).toEqual(['present', 'present']);
  });
});

describe('folders and names', () => {
  test('a folder in the layout of the hub', async () => {
    const folder = join(cache, 'mine');
    await mkdir(join(folder, 'onnx'), { recursive: true });
    await writeFile(join(folder, 'onnx', 'model_quantized.onnx'), hub.weights);
    await writeFile(join(folder, 'preprocessor_config.json'), PREPROCESSOR);
    await writeFile(join(folder, 'config.json'), '{"model_type": "dinov2", "hidden_size": 384}');
    const model = await resolveModel(folder, options({ precision: 'int8' }));
    expect(model).toMatchObject({
      name: folder,
      revision: '',
      sha256: sha256(hub.weights),
      modelType: 'dinov2',
      dimensions: 384,
    });
    expect((await faultOf(resolveModel(folder, options()))).code).toBe('MODEL_MISSING');
  });

  test.each(['builtin/colour-layout', 'builtin/structure'])('%s is as it was shipped', async (name) => {
    expect((await resolveModel(name, offline())).sha256).toMatch(/^[0-9a-f]{64}$/);
    expect((await faultOf(resolveModel(name, { precision: 'int8' }))).message).toContain('only in fp32');
  });

  test.each(['', 'clip', 'a/b/c', 'org/../x', 'org/name@', 'a b/c'])('%j is no model', async (name) => {
    expect((await faultOf(resolveModel(name, options()))).code).toBe('CONFIG_INVALID');
  });
});
