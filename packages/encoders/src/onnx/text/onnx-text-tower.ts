import { availableParallelism } from 'node:os';

import { FashionMatchError, type Logger, type TextTower } from '@fashionmatch/domain';

import { textTowerId } from '../../models/encoder-id.js';
import { unexpectedAnswer } from '../onnx-worker-client.js';
import { aboutModel, OnnxWorkerPool } from '../onnx-worker-pool.js';
import { devicesToTry, type Device } from '../devices.js';
import type { ResolvedTextTower } from '../../models/text-tower-files.js';

export interface OnnxTextTowerOptions {
  readonly tower: ResolvedTextTower;
  readonly logger: Logger;
  /**
   * `auto` by default: a CUDA device where one works, else the CPU. Any other is that one or an error; of several, the first
   * that works.
   */
  readonly device?: Device | readonly Device[];
  /** Threads for one run on the CPU; all cores by default, since nothing else runs beside it. */
  readonly threads?: number;
}

const TEXT_DEADLINE_MS = 30_000;

/** Far more than the tokens that are read, 77 at most; cutting a text into tokens takes longer than its length. */
const MAX_CHARACTERS = 1_000;

/**
 * Opens a text tower of CLIP's or SigLIP's kind in a thread of its own, and runs it once. Dispose it: that ends the thread.
 *
 * @throws FashionMatchError `MODEL_INVALID` when texts cannot be encoded with it, `DEVICE_UNAVAILABLE` when the device
 *   asked for cannot run it.
 */
export async function openOnnxTextTower(options: OnnxTextTowerOptions): Promise<TextTower & AsyncDisposable> {
  const { tower, logger, device = 'auto', threads = availableParallelism() } = options;
  const { path: modelPath, tokenizerPath, kind } = tower;
  const job = { name: 'open-text', modelPath, kind, tokenizerPath, devices: devicesToTry(device), threads } as const;
  const pool = await OnnxWorkerPool.open(job, 1).catch((error: unknown) => {
    throw aboutModel(tower.name, error);
  });
  return textTower(tower, pool, logger);
}

function textTower(tower: ResolvedTextTower, pool: OnnxWorkerPool, logger: Logger): TextTower & AsyncDisposable {
  const { name, sha256, precision } = tower;
  const { dimensions, device, unusable } = pool.opened;
  const id = textTowerId(tower);
  logger.info(`Text tower ready: ${name} on ${device}`, { encoder: id, dimensions, device, unusableDevices: unusable });
  return {
    id,
    dimensions,
    model: { name, sha256, precision, device },
    async encode(texts) {
      if (texts.length === 0) return [];
      texts.forEach(requireReadable);
      const job = { name: 'encode-text', texts } as const;
      const result = await pool.run(job, [], TEXT_DEADLINE_MS * (texts.length + 1));
      if (result.name !== 'encode-text') throw unexpectedAnswer();
      if (result.cut.length > 0) logger.warn('A text is longer than the model reads; its end is left out');
      return texts.map((_, i) => result.vectors.slice(i * dimensions, (i + 1) * dimensions));
    },
    async [Symbol.asyncDispose]() {
      if (!(await pool.close())) logger.warn(`The thread of the text tower of ${name} did not end in time`);
    },
  };
}

function requireReadable(text: string): void {
  if (text.trim() === '') {
    throw new FashionMatchError('USAGE_INVALID', 'The text says nothing: write what to look for.');
  }
  if (text.length > MAX_CHARACTERS) {
    throw new FashionMatchError('USAGE_INVALID', `The text is too long: at most ${MAX_CHARACTERS} characters.`);
  }
}
