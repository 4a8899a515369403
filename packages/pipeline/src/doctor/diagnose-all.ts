import type { Logger } from '@fashionmatch/domain';

import type { AppConfig } from '../config/config.js';
import type { Finding } from './finding.js';
import { decoderFinding, encoderFindings } from './encoder-checks.js';
import { diskFinding, memoryFinding, systemFinding, versionsFinding } from './host-checks.js';
import { modelFindings } from './model-checks.js';
import { roundTripFinding } from './round-trip.js';
import { chromaFinding, storeFindings } from './store-checks.js';

/** In the order in which a newcomer meets the parts. */
export async function* diagnoseAll(config: AppConfig, logger: Logger): AsyncGenerator<Finding> {
  yield systemFinding();
  yield versionsFinding();
  yield memoryFinding();
  yield await diskFinding(config);
  yield await decoderFinding();
  yield* modelFindings(config);
  yield* encoderFindings(config, logger);
  yield chromaFinding(config);
  yield await roundTripFinding(logger);
  yield* storeFindings(config, logger);
}
