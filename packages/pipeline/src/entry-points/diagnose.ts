import type { Logger } from '@fashionmatch/domain';

import type { AppConfig } from '../config/config.js';
import { diagnoseAll } from '../doctor/diagnose-all.js';
import type { Finding } from '../doctor/finding.js';

/**
 * Runs every part once on this host, and tells of each what it found as soon as it is known. Downloads nothing,
 * and leaves nothing behind.
 */
export async function* diagnose(config: AppConfig, options: { readonly logger: Logger }): AsyncGenerator<Finding> {
  const { installation } = await import('../container/installation.js');
  const parts = installation(config, options.logger);
  await using engine = parts.engine;
  yield* diagnoseAll(config, { ...parts, engine });
}
