import { loadConfig } from '../config/load-config.js';
import { SILENT_LOGGER, SILENT_PROGRESS } from '../silent.js';
import type { Thumbnails } from '../search/thumbnails.js';
import type { OpenOptions } from './open-options.js';
import { pipelineContainer } from './pipeline-container.js';
import { Resources } from './resources.js';
import { TOKENS } from './tokens.js';

export async function openThumbnails(options: Pick<OpenOptions, 'config' | 'configPath'>): Promise<Thumbnails> {
  const container = pipelineContainer({
    config: options.config ?? (await loadConfig({ path: options.configPath })),
    ...{ logger: SILENT_LOGGER, progress: SILENT_PROGRESS, resources: new Resources() },
    ...{ access: 'read', offline: true, replaceOther: false },
  });
  return container.getAsync(TOKENS.thumbnails);
}
