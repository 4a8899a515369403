import type { Logger, ProgressReporter } from '@fashionmatch/domain';

/** For callers who do not want to hear anything. */
export const SILENT_LOGGER: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export const SILENT_PROGRESS: ProgressReporter = { report: () => undefined };
