import type { Logger, ProgressReporter } from '@fashionmatch/domain';

import type { AppConfig } from '../config.js';
import type { Resources } from './resources.js';

export interface PipelineContainerOptions {
  readonly config: AppConfig;
  readonly logger: Logger;
  readonly progress: ProgressReporter;
  readonly access: 'read' | 'write';
  readonly replaceOther: boolean;
  /** Takes what has to be closed. */
  readonly resources: Resources;
}
