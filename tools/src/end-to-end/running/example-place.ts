import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { sampleImage } from '@fashionmatch/domain/testing';
import { hasRedisServer, RedisServer } from '@fashionmatch/queue/testing';
import sharp from 'sharp';

import { randomModels } from '../../random-models/random-models.js';
import { writeModelFolder } from '../../random-models/write-model-folder.js';
import { COMMAND_LINE } from './fashionmatch-process.js';

/** Whether what an example needs is on this machine. */
export const canBeTyped = (example: string): boolean => !example.includes('redis://') || hasRedisServer();

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const MINUTE = 60_000;

/** They go on until they are stopped: here, when they have had the time to fault. */
const ENDLESS = /^fashionmatch (serve|watch|worker)\b/;
const ENDLESS_SECONDS = 3;

/** A Redis server of the example's own, where it names one. */
const REDIS = /redis:\/\/[a-z.]+:6379/;

/** Where the coordinator's photographs are on a worker's machine: here, in the place. */
const MOUNTED = '=/mnt/';

const BATCH = 'batch_20250115_143022_123456';
const LISTING = {
  item_id: 'vinted_12345',
  title: 'Red dress',
  price: 12,
  currency: 'EUR',
  ...{ brand: 'Zara', seller_id: 'seller-7', category: 'dresses' },
  ...{
    url: 'https://shop.example/1',
    image_urls: ['https://images.example/1.jpg'],
    scraped_at: '2025-01-15T14:30:22',
  },
  local_image_paths: ['images/0.jpg'],
};

export interface ExampleOutcome {
  readonly example: string;
  readonly exitCode: number | null;
  readonly stderr: string;
  /** Ended as it should: a broken photograph among the references makes 3 the right code. */
  readonly works: boolean;
}

/**
 * A place as examples take it for granted: photographs, batches, models, a home, the packages installed, and the
 * command on the path.
 */
export class ExamplePlace implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(): Promise<ExamplePlace> {
    const place = new ExamplePlace(await mkdtemp(join(tmpdir(), 'fashionmatch-examples-')));
    for (const model of randomModels({ tiny: true })) {
      await writeModelFolder(model, join(place.#folder, 'models'));
    }
    const photographs = ['photos/red-dress.jpg', 'data/references/look.jpg', 'looks/red-dress.jpg'];
    for (const [i, path] of photographs.entries()) await place.#draw(path, i + 1);
    await place.write('data/references/broken.jpg', 'no picture');
    for (const batches of ['data/scraped', 'scraper/output']) {
      await place.#draw(`${batches}/${BATCH}/images/0.jpg`, 4);
      const batch = { batch_id: 'b', category: 'c', items: [LISTING, { ...LISTING, item_id: 'vinted_67890' }] };
      await place.write(`${batches}/${BATCH}/batch.json`, JSON.stringify(batch));
    }
    await place.write('labels.csv', 'query,relevant\nvinted_12345,vinted_67890\n');
    for (const name of ['.zfunc', '.config/fish/completions'])
      await mkdir(join(place.#folder, name), { recursive: true });
    await place.write('bin/fashionmatch', `#!/bin/sh\nexec ${process.execPath} ${COMMAND_LINE} "$@"\n`, 0o755);
    await symlink(join(ROOT, 'node_modules'), join(place.#folder, 'node_modules'));
    return place;
  }

  /** Writes a file; `path` is relative to the place. */
  async write(path: string, content: string | Buffer, mode?: number): Promise<void> {
    await mkdir(dirname(join(this.#folder, path)), { recursive: true });
    await writeFile(join(this.#folder, path), content, { mode });
  }

  /** Types an example into bash. */
  async type(example: string): Promise<ExampleOutcome> {
    if (!REDIS.test(example)) return this.#type(example);
    await using redis = await RedisServer.start();
    return await this.#type(example.replace(REDIS, redis.url).replace(MOUNTED, `=${this.#folder}/`));
  }

  async #type(example: string): Promise<ExampleOutcome> {
    const endless = ENDLESS.test(example);
    const [program = '', ...args] = [
      ...(endless ? ['timeout', '--preserve-status', '--signal=INT', String(ENDLESS_SECONDS)] : []),
      ...['bash', '-c', example],
    ];
    const child = spawn(program, args, {
      cwd: this.#folder,
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: MINUTE,
      env: {
        PATH: `${join(this.#folder, 'bin')}:${process.env['PATH'] ?? ''}`,
        HOME: this.#folder,
        XDG_CACHE_HOME: join(process.env['HOME'] ?? this.#folder, '.cache'),
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
    return { example, exitCode, works, stderr: works ? '' : stderr };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.#folder, { recursive: true });
  }

  async #draw(path: string, seed: number): Promise<void> {
    const { width, height, data } = sampleImage(240, 320, seed);
    await this.write(
      path,
      await sharp(data, { raw: { width, height, channels: 3 } })
        .jpeg()
        .toBuffer(),
    );
  }
}

/** The broken photograph is what there is to retry. */
function expectedCodes(example: string): number[] {
  if (ENDLESS.test(example)) return [0, 130];
  // Which part the broken photograph is in, its name decides.
  if (/^fashionmatch embed .*--shard/.test(example)) return [0, 3];
  const coversReferences = /^fashionmatch (embed|retry)/.test(example) && !/--mode|--dry-run/.test(example);
  return coversReferences ? [3] : [0];
}
