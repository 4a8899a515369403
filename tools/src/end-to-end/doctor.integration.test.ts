import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { BUILT_IN, fashionmatch, type Outcome } from './running/fashionmatch-process.js';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-doctor-test-'));
});

afterEach(() => rm(folder, { recursive: true }));

interface Found {
  readonly part: string;
  readonly status: string;
  readonly message: string;
  readonly next_step: string | null;
  readonly code: string | null;
}

const run = (args: readonly string[], env: Record<string, string> = BUILT_IN): Promise<Outcome> =>
  fashionmatch(args, folder, env);

describe('doctor', () => {
  test('finds nothing wrong where nothing is, runs each part, and leaves nothing behind', async () => {
    const { exitCode, stdout, stderr } = await run(['doctor', '--json']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const { findings }: { findings: Found[] } = JSON.parse(stdout);
    expect(findings.filter(({ status }) => status === 'error')).toEqual([]);
    expect(findings.map(({ part }) => part)).toEqual([
      ...['system', 'libraries', 'memory', 'disk', 'decoder', 'model files', 'model files'],
      ...['CLIP encoder', 'DINO encoder', 'Chroma', 'store round trip', 'store'],
    ]);
    expect(findings.find(({ part }) => part === 'decoder')?.message).toMatch(
      /pictures in PNG and HEIC are decoded exactly/,
    );
    for (const { message } of findings.filter(({ part }) => part.endsWith('encoder'))) {
      const [, error] = /ran on cpu in \d+ ms: cosine error (\S+) to the shipped vector/.exec(message) ?? [];
      expect(Number(error)).toBeLessThanOrEqual(1e-5);
    }
    expect(await readdir(folder)).toEqual([]);
  });

  test.each([
    ['a model that is not here', 6, { FASHIONMATCH_MODELS__CLIP_MODEL: 'openai/clip-vit-base-patch32' }, 'models pull'],
    ['a device that is not here', 7, { FASHIONMATCH_MODELS__DEVICE: 'coreml' }, 'models.device'],
    [
      'a server that does not answer',
      5,
      { FASHIONMATCH_DATABASE__HOST: '127.0.0.1', FASHIONMATCH_DATABASE__PORT: '9' },
      '',
    ],
  ])('names %s with a next step, and still runs the other parts', async (_, code, settings, nextStep) => {
    const env = { ...BUILT_IN, HF_HOME: join(folder, 'none'), ...settings };
    const { exitCode, stdout } = await run(['doctor', '--json'], env);
    expect(exitCode).toBe(code);
    const { status, findings }: { status: string; findings: Found[] } = JSON.parse(stdout);
    expect(status).toBe('error');
    for (const { next_step } of findings.filter((one) => one.status === 'error')) {
      expect(next_step).not.toBeNull();
      expect(next_step).toContain(nextStep);
    }
    expect(findings.find(({ part }) => part === 'store round trip')?.status).toBe('ok');
    expect(await readdir(folder)).toEqual([]);
  });

  test('has aligned lines for people', async () => {
    const { stdout } = await run(['doctor']);
    const lines = stdout.split('\n').filter((line) => line.startsWith('ok'));
    expect(lines.length).toBeGreaterThan(9);
    for (const line of lines) expect(line).toMatch(/^ok {7}\S.{16} \S/);
  });
});

describe('config', () => {
  test('init writes a file with the defaults once; show says where each value comes from', async () => {
    const { FASHIONMATCH_MODELS__CLIP_MODEL: clip_model } = BUILT_IN;
    expect(await run(['config', 'init'])).toMatchObject({ exitCode: 0, stderr: '' });
    const path = join(folder, 'config/config.yaml');
    const written = await readFile(path, 'utf8');
    expect(written).toContain('clip_model: openai/clip-vit-base-patch32');
    await writeFile(path, written.replace('dinov2_vits14', 'builtin/structure'));

    const again = await run(['config', 'init', '--no-input']);
    expect(again).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--yes') });
    expect(await readFile(path, 'utf8')).toContain('builtin/structure');

    const env = { FASHIONMATCH_MODELS__CLIP_MODEL: clip_model, CHROMA_TOKEN: 'very-secret' };
    const show = await run(['config', 'show'], env);
    expect(show.stdout).toMatch(/clip_model: "builtin\/colour-layout" +# environment FASHIONMATCH_MODELS__CLIP_MODEL/);
    expect(show.stdout).toMatch(/dino_model: "builtin\/structure" +# file config\/config\.yaml:\d+/);
    expect(show.stdout).not.toContain('very-secret');
    // What is shown is a configuration itself.
    await writeFile(join(folder, 'shown.yaml'), show.stdout);
    const shown = await run(['config', 'show', '--config', 'shown.yaml', '--json'], {});
    const { settings }: { settings: object[] } = JSON.parse(shown.stdout);
    expect(settings).toContainEqual({
      key: 'models.clip_model',
      value: 'builtin/colour-layout',
      origin: 'file shown.yaml:2',
    });

    expect(await run(['config', 'init', '--yes'])).toMatchObject({ exitCode: 0 });
    expect(await readFile(path, 'utf8')).toBe(written);
    expect(await readdir(join(folder, 'config'))).toEqual(['config.yaml']);
  });

  test('schema is JSON Schema', async () => {
    const { exitCode, stdout } = await run(['config', 'schema']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ $schema: expect.stringContaining('json-schema.org'), type: 'object' });
  });
});
