import type { Logger } from '@fashionmatch/domain';

import type { AppConfig } from '../config/app-config.js';
import type { Finding } from '../doctor/finding.js';

/**
 * Runs every part once on this host, and tells of each what it found as soon as it is known. Downloads nothing,
 * and leaves nothing behind.
 */
export async function* diagnose(config: AppConfig, options: { readonly logger: Logger }): AsyncGenerator<Finding> {
  const { diagnoseAll } = await import('../container/diagnose-all.js');
  yield* diagnoseAll(config, options.logger);
}
