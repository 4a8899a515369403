import type { AppConfig } from '../config/config.js';
import type { Finding } from './finding.js';
import { decoderFinding, encoderFindings } from './encoder-checks.js';
import { diskFinding, memoryFinding, systemFinding, versionsFinding } from './host-checks.js';
import type { Installation } from './installation.js';
import { modelFindings } from './model-checks.js';
import { roundTripFinding } from './round-trip.js';
import { chromaFinding, storeFindings } from './store-checks.js';

/** In the order in which a newcomer meets the parts. */
export async function* diagnoseAll(config: AppConfig, installation: Installation): AsyncGenerator<Finding> {
  yield systemFinding();
  yield versionsFinding(installation);
  yield memoryFinding();
  yield await diskFinding(config);
  yield await decoderFinding(installation);
  yield* modelFindings(installation);
  yield* encoderFindings(config, installation);
  yield chromaFinding(config, installation);
  yield await roundTripFinding(installation);
  yield* storeFindings(installation);
}
