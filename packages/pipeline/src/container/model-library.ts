import type { Logger, ProgressReporter } from '@fashionmatch/domain';
import {
  checkModel,
  inspectModel,
  resolveModel,
  resolveTextTower,
  type DownloadProgress,
  type EncoderCheck,
  type ModelCheck,
  type ModelFileStatus,
  type ModelStatus,
} from '@fashionmatch/encoders';

import type { AppConfig } from '../config/app-config.js';

export { checkModel };
export type { EncoderCheck, ModelCheck, ModelFileStatus, ModelStatus };

export interface PullOptions {
  readonly logger: Logger;
  readonly progress: ProgressReporter;
  /** Also the text tower of the model in the CLIP place. */
  readonly text?: boolean | undefined;
}

/** What is on this machine of the configured models. @param thorough reads every file in full. */
export async function inspectModels({ models }: AppConfig, thorough: boolean): Promise<ModelStatus[]> {
  const { clipModel, dinoModel, precision } = models;
  return Promise.all([clipModel, dinoModel].map((name) => inspectModel(name, { precision, thorough })));
}

/** Whether the model in the CLIP place has a text tower, here or where it is downloaded from. */
export async function readsTexts({ models: { clipModel, precision } }: AppConfig): Promise<boolean> {
  const { files } = await inspectModel(clipModel, { precision });
  return files.some(({ neededFor }) => neededFor === 'texts');
}

/** Downloads what is missing of the configured models, one after the other, and verifies all of it. */
export async function pullModels({ models }: AppConfig, { logger, progress, text }: PullOptions): Promise<void> {
  const { clipModel, dinoModel, precision } = models;
  const options = { precision, logger, onProgress: reportDownload(progress) };
  for (const name of [clipModel, dinoModel]) await resolveModel(name, options);
  if (text) await resolveTextTower(clipModel, options);
}

/** Passes on how far a download is. */
export function reportDownload(progress: ProgressReporter): (download: DownloadProgress) => void {
  return ({ model, path, received, total }) => {
    progress.report({ type: 'download-advanced', model, path, received, total });
  };
}
