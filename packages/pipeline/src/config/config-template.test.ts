import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';

import { configJsonSchema, configKeys } from './config-keys.js';
import { configTemplate } from './config-template.js';
import { explainConfig } from './explain-config.js';
import { loadConfig, parseConfig } from './load-config.js';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-template-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

test('the template is a configuration that says the defaults', async () => {
  const path = await file('template.yaml', configTemplate());
  expect(await loadConfig({ path, env: {} })).toEqual(parseConfig({}));
  const stated = Object.values<object>(parse(configTemplate())).flatMap((section) => Object.keys(section));
  expect(stated).toContain('fusion_weights');
});

test('the template has every key, with what it means', () => {
  const text = configTemplate();
  for (const { keys, description } of configKeys()) {
    expect(description).not.toBe('');
    expect(text).toContain(`# ${description}\n`);
    expect(text).toMatch(new RegExp(`^ +(# )?${keys.at(-1) ?? ''}:`, 'm'));
  }
});

test('with its commented keys filled in it is valid too', async () => {
  const text = configTemplate().replace('# host:', 'host: chroma.example').replace('# port:', 'port: 8001');
  const path = await file('remote.yaml', text);
  expect((await loadConfig({ path, env: {} })).database).toMatchObject({ host: 'chroma.example', port: 8001 });
});

test('the schema describes each key and refuses unknown ones', () => {
  expect(configJsonSchema()).toMatchObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    additionalProperties: false,
    properties: { models: { properties: { precision: { enum: expect.arrayContaining(['fp32', 'int8']) } } } },
  });
});

test('each value is explained by where it comes from, and secrets are masked', async () => {
  const path = await file(
    'explained.yaml',
    'models:\n  # ours\n  clip_model: builtin/colour-layout\n  batch_size: 8\n',
  );
  const env = { FASHIONMATCH_MODELS__BATCH_SIZE: '16', CHROMA_TOKEN: 'very-secret' };
  const settings = await explainConfig({ path, env });
  const of = (key: string) => settings.find(({ keys }) => keys.join('.') === key);
  expect(of('models.clip_model')).toMatchObject({ value: 'builtin/colour-layout', origin: `file ${path}:3` });
  expect(of('models.batch_size')).toMatchObject({ value: 16, origin: 'environment FASHIONMATCH_MODELS__BATCH_SIZE' });
  expect(of('models.fusion_weights.dino')).toMatchObject({ value: 0.4, origin: 'default' });
  expect(of('database.host')).toMatchObject({ value: undefined, origin: 'default' });
  expect(of('database.token')).toMatchObject({ value: '********', origin: 'environment CHROMA_TOKEN' });
  expect(JSON.stringify(settings)).not.toContain('very-secret');
});

test('of headers the names are shown, and where they come from', async () => {
  const path = await file('headers.yaml', 'database:\n  headers:\n    X-Api-Key: very-${REST}\n');
  const settings = await explainConfig({
    path,
    env: { REST: 'secret', FASHIONMATCH_DATABASE__HEADERS__X_B: 'very-secret' },
  });
  expect(settings.find(({ keys }) => keys.join('.') === 'database.headers')).toMatchObject({
    value: { 'X-Api-Key': '********', 'x-b': '********' },
    origin: 'environment FASHIONMATCH_DATABASE__HEADERS__X_B',
  });
  expect(JSON.stringify(settings)).not.toMatch(/very|secret/);
});
