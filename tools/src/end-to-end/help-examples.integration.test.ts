import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { sampleImage } from '@fashionmatch/domain/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import sharp from 'sharp';

import { randomModels } from '../random-models/random-models.js';
import { writeModelFolder } from '../random-models/write-model-folder.js';
import { fashionmatch } from './fashionmatch-process.js';

const COMMAND_LINE = fileURLToPath(new URL('../../../apps/cli/dist/main.js', import.meta.url));
const MINUTE = 60_000;

/** They go on until they are stopped: here, when they have had the time to fault. */
const ENDLESS = /^fashionmatch (serve|watch)\b/;
const ENDLESS_SECONDS = 3;

/** They change nothing that others read: their examples run side by side. */
const SIDE_BY_SIDE = ['search', 'serve', 'status', 'models', 'doctor', 'config', 'completion'];

let folder = '';

/** A place as the examples take it for granted: photographs, a batch, models, and the command on the path. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-examples-'));
  for (const model of randomModels({ tiny: true })) {
    await writeModelFolder(model, join(folder, 'models'));
  }
  const batch = 'data/scraped/batch_20250115_143022_123456';
  for (const name of ['photos', 'data/references', `${batch}/images`, 'bin', '.config/fish/completions']) {
    await mkdir(join(folder, name), { recursive: true });
  }
  await draw('photos/red-dress.jpg', 1);
  await draw('data/references/look.jpg', 2);
  await draw(`${batch}/images/0.jpg`, 3);
  await writeFile(join(folder, 'data/references/broken.jpg'), 'no picture');
  const item = {
    ...{ item_id: 'vinted_12345', title: 'Red dress', price: 12, currency: 'EUR', brand: 'Zara' },
    ...{
      url: 'https://shop.example/1',
      image_urls: ['https://images.example/1.jpg'],
      scraped_at: '2025-01-15T14:30:22',
    },
    local_image_paths: ['images/0.jpg'],
  };
  await writeFile(join(folder, batch, 'batch.json'), JSON.stringify({ batch_id: 'b', category: 'c', items: [item] }));
  await writeFile(join(folder, 'bin/fashionmatch'), `#!/bin/sh\nexec ${process.execPath} ${COMMAND_LINE} "$@"\n`, {
    mode: 0o755,
  });
}, MINUTE);

afterAll(() => rm(folder, { recursive: true }));

async function draw(name: string, seed: number): Promise<void> {
  const { width, height, data } = sampleImage(240, 320, seed);
  await sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg()
    .toFile(join(folder, name));
}

/** Every example in the help of every command, in the order in which they stand there. */
async function examples(): Promise<Map<string, string[]>> {
  const { stdout: help } = await fashionmatch(['--help'], folder);
  const list = /\nCommands:\n(.*)$/s.exec(help)?.[1] ?? '';
  const commands = [...list.matchAll(/^ {2}(\w+)/gm)].map(([, name = '']) => name);
  const found = commands.map(async (command) => {
    const { stdout } = await fashionmatch([command, '--help'], folder);
    const lines = /^Examples:\n((?: {2}.+\n)+)/.exec(stdout)?.[1] ?? '';
    return [command, lines.split('\n').flatMap((line) => line.trim() || [])] as const;
  });
  return new Map(await Promise.all(found));
}

/** Types an example into bash. */
async function expectToWork(example: string): Promise<void> {
  const endless = ENDLESS.test(example);
  const [program = '', ...args] = [
    ...(endless ? ['timeout', '--preserve-status', '--signal=INT', String(ENDLESS_SECONDS)] : []),
    ...['bash', '-c', example],
  ];
  const child = spawn(program, args, {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: MINUTE,
    env: {
      PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
      HOME: folder,
      XDG_CACHE_HOME: join(process.env['HOME'] ?? folder, '.cache'),
      FASHIONMATCH_MODELS__CLIP_MODEL: './models/clip-vit-base-patch32',
      FASHIONMATCH_MODELS__DINO_MODEL: './models/dinov2-small',
      HF_HUB_OFFLINE: '1',
    },
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  await once(child, 'close');
  const { exitCode } = child;
  const works = expectedCodes(example).includes(exitCode ?? -1);
  expect({ example, exitCode, works, stderr: works ? '' : stderr }).toMatchObject({ works: true });
}

/** The broken photograph is what there is to retry. */
function expectedCodes(example: string): number[] {
  if (ENDLESS.test(example)) return [0, 130];
  const coversReferences = /^fashionmatch (embed|retry)/.test(example) && !example.includes('--mode');
  return coversReferences ? [3] : [0];
}

test(
  'the help of each command has examples, and each of them works',
  async () => {
    const startedAt = performance.now();
    const all = await examples();
    expect(all.size).toBeGreaterThan(10);
    for (const [command, lines] of all) {
      expect({ command, hasExamples: lines.length > 0 }).toEqual({ command, hasExamples: true });
      if (SIDE_BY_SIDE.includes(command)) await Promise.all(lines.map(expectToWork));
      else for (const example of lines) await expectToWork(example);
    }
    process.stdout.write(`Examples took ${((performance.now() - startedAt) / 1_000).toFixed(1)} s\n`);
  },
  4 * MINUTE,
);
