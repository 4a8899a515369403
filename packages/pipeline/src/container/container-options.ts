import type { Logger, ProgressReporter, Resources, StoreAccess } from '@fashionmatch/domain';

import type { AppConfig } from '../config/app-config.js';

export interface PipelineContainerOptions {
  readonly config: AppConfig;
  readonly logger: Logger;
  readonly progress: ProgressReporter;
  readonly access: StoreAccess;
  /** Downloads nothing: a model that is not here is an error. */
  readonly offline: boolean;
  readonly replaceOther?: boolean | undefined;
  /** Ends the waiting for a store whose server is away. */
  readonly signal?: AbortSignal | undefined;
  /** Takes what has to be closed. */
  readonly resources: Resources;
}
