import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { loadConfig, parseConfig } from './load-config.js';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-config-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function configFile(text: string): Promise<string> {
  const path = join(folder, 'config.yaml');
  await writeFile(path, text);
  return path;
}

/** The message that refuses this file. */
async function refusal(text: string, env: Record<string, string> = {}): Promise<string> {
  const path = await configFile(text);
  const error: unknown = await loadConfig({ path, env }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
  const message = error instanceof Error ? error.message : '';
  expect(message).not.toContain('\n');
  return message;
}

test('without a file, the original defaults hold', async () => {
  const config = await loadConfig({ env: {} });
  expect(config.models).toMatchObject({
    clipModel: 'openai/clip-vit-base-patch32',
    dinoModel: 'dinov2_vits14',
    fusionWeights: { clip: 0.6, dino: 0.4 },
    batchSize: 32,
  });
  expect(config.database).toMatchObject({
    persistDirectory: 'data/chromadb',
    collectionName: 'fashion_items',
    batchSize: 100,
  });
  expect(config.scraper).toEqual({ outputDir: 'data/scraped', referencesDir: 'data/references' });
});

test("the original's file works as it is", async () => {
  const path = await configFile(`
models:
  clip_model: "openai/clip-vit-base-patch32"  # CLIP model
  dino_model: "dinov2_vits14"                   # DINOv2 model
  fusion_weights:
    clip: 0.7
    dino: 0.3

database:
  persist_directory: "elsewhere/chromadb"
  collection_name: "coats"
  batch_size: 50

scraper:
  output_dir: "data/scraped"
  references_dir: "data/references"
`);
  const config = await loadConfig({ path, env: {} });
  expect(config.models.fusionWeights).toEqual({ clip: 0.7, dino: 0.3 });
  expect(config.database).toMatchObject({
    persistDirectory: 'elsewhere/chromadb',
    collectionName: 'coats',
    batchSize: 50,
  });
});

test('a batch of images is the default, too, when its size is left to us', async () => {
  const path = await configFile('models: { batch_size: auto }');
  expect(await loadConfig({ path, env: {} })).toEqual(parseConfig({}));
});

test('an empty file gives the defaults', async () => {
  expect(await loadConfig({ path: await configFile('# nothing yet\n'), env: {} })).toEqual(parseConfig({}));
});

test('overrides win over the environment, the environment over the file', async () => {
  const path = await configFile(
    'database: { collection_name: from-file, batch_size: 7, persist_directory: from-file }',
  );
  const config = await loadConfig({
    path,
    env: { FASHIONMATCH_DATABASE__COLLECTION_NAME: 'from-env', FASHIONMATCH_DATABASE__BATCH_SIZE: '8' },
    overrides: { database: { batch_size: 9 } },
  });
  expect(config.database).toMatchObject({ collectionName: 'from-env', batchSize: 9, persistDirectory: 'from-file' });
});

test('the environment reaches nested keys, numbers, booleans and digits that are text', async () => {
  const config = await loadConfig({
    env: {
      FASHIONMATCH_MODELS__FUSION_WEIGHTS__CLIP: '0.9',
      FASHIONMATCH_LIMITS__ALLOW_OUTSIDE_PATHS: 'true',
      FASHIONMATCH_DATABASE__COLLECTION_NAME: '2025',
      CHROMA_TOKEN: 'secret',
      FASHIONMATCH_HOME: 'not a setting',
    },
  });
  expect(config.models.fusionWeights).toEqual({ clip: 0.9, dino: 0.4 });
  expect(config.limits.allowOutsidePaths).toBe(true);
  expect(config.database).toMatchObject({ collectionName: '2025', token: 'secret' });
});

test('patterns are a list, which a variable has as JSON', async () => {
  const path = await configFile('sources: { exclude: ["*.bak", drafts] }');
  const { sources } = await loadConfig({ path, env: {} });
  expect(sources).toMatchObject({ exclude: ['*.bak', 'drafts'], includeHidden: false });
  expect(sources.ignore).toEqual(expect.arrayContaining(['@eaDir', '#recycle', '.thumbnails', '__MACOSX', '._*']));
  const env = { FASHIONMATCH_SOURCES__EXCLUDE: '["a,b"]', FASHIONMATCH_SOURCES__INCLUDE_HIDDEN: 'true' };
  expect((await loadConfig({ path, env })).sources).toMatchObject({ exclude: ['a,b'], includeHidden: true });
  for (const text of ['*.bak', '[*.bak', '7']) {
    await expect(loadConfig({ path, env: { FASHIONMATCH_SOURCES__EXCLUDE: text } })).rejects.toThrow(
      /FASHIONMATCH_SOURCES__EXCLUDE.*must be a list/,
    );
  }
});

test('headers take what they hold from the environment, whole or in part', async () => {
  const path = await configFile(
    'database: { path: /chroma, patience_s: 5, headers: { Authorization: "Basic ${PROXY_LOGIN}", X-Api-Key: from-file } }',
  );
  const env = { PROXY_LOGIN: 'bWU6cGFzcw==', FASHIONMATCH_DATABASE__HEADERS__X_TENANT_KEY: 'from-env' };
  expect((await loadConfig({ path, env })).database).toMatchObject({
    path: '/chroma',
    patienceMs: 5_000,
    headers: { Authorization: 'Basic bWU6cGFzcw==', 'X-Api-Key': 'from-file', 'x-tenant-key': 'from-env' },
  });
});

test('no secret gets into the line that refuses a configuration', async () => {
  for (const database of [
    'host: "me:pass-word@chroma.example"',
    'host: "https://me:pass-word@chroma.example:8000"',
    'host: "pass-word.example:8000"',
    'host: ["pass-word"]',
    'token: ["pass-word"]',
    'headers: { X-Api-Key: ["pass-word"] }',
    'headers: { X-Api-Key: "pass-word\\nInjected: 1" }',
    'headers: "pass-word"',
  ]) {
    const message = await refusal(`database: { ${database} }`);
    expect(message).toContain(`"database.${database.slice(0, database.indexOf(':'))}`);
    expect(message).not.toContain('pass-word');
  }
  expect(await refusal('', { FASHIONMATCH_DATABASE__HOST: 'me:pass-word@chroma.example' })).not.toContain('pass-word');
  const split = 'database: { headers: { X-Api-Key: "${KEY}" } }';
  expect(await refusal(split, { KEY: 'pass-word\nInjected: 1' })).not.toContain('pass-word');
});

test.each(['chroma.example', 'localhost', '10.0.0.1', '::1', 'chroma_1', 'kröma.example'])(
  '%s can be a host',
  async (host) => {
    const path = await configFile(`database: { host: "${host}" }`);
    expect((await loadConfig({ path, env: {} })).database.host).toBe(host);
  },
);

describe('one clear line for', () => {
  test.each([
    ['an unknown key', 'models: { clip_modl: x }', 'models.clip_modl'],
    ['an unknown section', 'logging: { level: debug }', 'logging'],
    ['a wrong type', 'database: { batch_size: many }', '"database.batch_size" must be'],
    ['a fraction', 'database: { batch_size: 2.5 }', '"database.batch_size" must be a whole number'],
    ['too small a number', 'database: { batch_size: 0 }', '"database.batch_size" must be 1 or more, got 0'],
    ['too large a number', 'models: { batch_size: 5000 }', '"models.batch_size"'],
    ['a device that is none', 'models: { device: [cpu, gpu] }', '"models.device" must be one of auto, cpu'],
    ['a card that is none', 'models: { device: "cuda:first" }', '"models.device" must be one of auto, cpu'],
    ['a value that is none of a choice', 'models: { device: gpu }', '"models.device" must be one of auto, cpu'],
    [
      'weights that are both 0',
      'models: { fusion_weights: { clip: 0, dino: 0 } }',
      '"models.fusion_weights" must not both be 0',
    ],
    ...['a b', 'a..b', 'a-_', '-ab', 'ab', '192.168.0.1', 'a'.repeat(501)].map((name) => [
      `a collection name that Chroma refuses (${name.slice(0, 11)})`,
      `database: { collection_name: "${name}" }`,
      '"database.collection_name" must be 3 to 500 letters',
    ]),
    ['a path without a slash', 'database: { path: chroma }', '"database.path" must be a path that begins with a slash'],
    ['a path with a query', 'database: { path: "/chroma?x" }', '"database.path"'],
    ['no patience at all', 'database: { patience_s: -1 }', '"database.patience_s" must be 0 or more'],
    [
      'a bad name of a header',
      'database: { headers: { "X Key": a } }',
      '"database.headers.X Key" is no name of a header',
    ],
    [
      'a header whose variable is not set',
      'database: { headers: { X-Key: "${NO_KEY}" } }',
      '"database.headers.X-Key" needs the variable NO_KEY, which is not set',
    ],
    ['an empty path', 'scraper: { output_dir: "" }', '"scraper.output_dir" must not be empty'],
    ['a section that is a list', 'models: [1, 2]', '"models" must be'],
    ['a file that is a list', '- a\n- b', 'must hold sections'],
    ['text that is no YAML', 'models: {', 'is not valid YAML'],
    [
      'an alias bomb',
      'a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b,*b]',
      'is not valid YAML',
    ],
  ])('%s', async (_, text, expected) => {
    expect(await refusal(text)).toContain(expected);
  });

  test('a bad variable, naming it', async () => {
    expect(await refusal('', { FASHIONMATCH_DATABASE__PORT: 'abc' })).toContain('FASHIONMATCH_DATABASE__PORT');
    expect(await refusal('', { FASHIONMATCH_DATABASE__PROT: '1' })).toContain('database.prot');
  });

  test('a file that does not exist', async () => {
    const error: unknown = await loadConfig({ path: join(folder, 'none.yaml'), env: {} }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(String(error)).toContain('none.yaml does not exist');
  });

  test('a folder', async () => {
    await expect(loadConfig({ path: folder, env: {} })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

test('several devices are a list, in a variable too', async () => {
  const env = { FASHIONMATCH_MODELS__DEVICE: '["cuda:0", "cuda:1"]' };
  expect((await loadConfig({ env })).models.device).toEqual(['cuda:0', 'cuda:1']);
  expect(parseConfig({ models: { device: 'cuda:all' } }).models.device).toBe('cuda:all');
});

test.each([
  [['cuda:all', 'cpu'], 'beside cuda:all'],
  [['cuda:all', 'cuda:all'], 'beside cuda:all'],
  [['cuda:0', 'cuda:0'], 'no card twice'],
  [['cuda', 'cpu', 'cuda:0'], 'no card twice'],
  [['cuda', 'cuda'], 'no card twice'],
] as const)('a list of devices of which some would not be used is refused: %j', (device, expected) => {
  expect(() => parseConfig({ models: { device: [...device] } })).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(expected) }),
  );
});

test.each([[['cuda:all']], [['cuda', 'cuda:1', 'cpu']], [['cpu', 'cpu']]] as const)('devices may be %j', (device) => {
  expect(parseConfig({ models: { device: [...device] } }).models.device).toEqual(device);
});
