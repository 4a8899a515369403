import { join } from 'node:path';

import { RecordingLogger, RecordingProgressReporter } from '@fashionmatch/domain/testing';
import { compareModels, parseConfig, type PrecisionComparison } from '@fashionmatch/pipeline';

/** How near int8 comes to fp32 with the models of a folder, on so many photographs of another one. */
export function int8Accuracy(
  modelsDirectory: string,
  photographs: string,
  images = Number.MAX_SAFE_INTEGER,
): Promise<PrecisionComparison> {
  const models = {
    clip_model: join(modelsDirectory, 'clip-vit-base-patch32'),
    dino_model: join(modelsDirectory, 'dinov2-small'),
  };
  const report = { logger: new RecordingLogger(), progress: new RecordingProgressReporter() };
  return compareModels(parseConfig({ models }), { directory: photographs, images, precision: 'int8', ...report });
}
