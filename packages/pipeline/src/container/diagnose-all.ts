import type { Logger } from '@fashionmatch/domain';
import {
  createSharpImageDecoder,
  GOLDEN_TOLERANCE,
  libraryVersions as encoderVersions,
  openOnnxImageEncoder,
  pixelsSha256,
  readGolden,
  resolveModel,
} from '@fashionmatch/encoders';
import { libraryVersions as storageVersions } from '@fashionmatch/storage';

import type { AppConfig } from '../config/app-config.js';
import {
  decoderFinding,
  encoderFindings,
  type KnownPicture,
  type KnownResults,
  type OpenEncoder,
} from '../doctor/encoder-checks.js';
import type { Finding } from '../doctor/finding.js';
import { diskFinding, memoryFinding, systemFinding, versionsFinding } from '../doctor/host-checks.js';
import { modelFindings } from '../doctor/model-checks.js';
import { roundTripFinding } from '../doctor/round-trip.js';
import { chromaFinding, storeFindings } from '../doctor/store-checks.js';
import { inspectModels } from './model-library.js';
import { openedGeneration } from './opened-generation.js';
import { storeEngine } from './store-engine.js';

/** Every part as it is installed here and configured, in the order in which a newcomer meets them. */
export async function* diagnoseAll(asked: AppConfig, logger: Logger): AsyncGenerator<Finding> {
  // Where it cannot be told which one serves, the store's own finding says why.
  const config = await openedGeneration(asked, { logger }).catch(() => asked);
  await using engine = storeEngine(config, { access: 'read', logger });
  const openEncoder: OpenEncoder = async (name, { precision, ...settings }) => {
    const model = await resolveModel(name, { precision, offline: true });
    return openOnnxImageEncoder({ ...settings, model, logger });
  };
  yield systemFinding();
  yield versionsFinding(() => ({ ...encoderVersions(), ...storageVersions() }));
  yield memoryFinding();
  yield await diskFinding(config);
  yield await decoderFinding(createSharpImageDecoder, knownResults);
  yield* modelFindings(() => inspectModels(config, true));
  yield* encoderFindings(config, createSharpImageDecoder, knownResults, openEncoder);
  yield chromaFinding(config, engine);
  yield await roundTripFinding((persistDirectory) => {
    const database = { ...config.database, persistDirectory, collectionName: 'doctor', host: undefined };
    return storeEngine({ ...config, database }, { access: 'write', logger });
  });
  yield* storeFindings(engine);
}

async function knownResults(): Promise<KnownResults> {
  const golden = await readGolden();
  const picture = (image: Uint8Array, sha256: string): KnownPicture => ({
    image,
    isDecoded: (decoded) => pixelsSha256(decoded) === sha256,
  });
  const pictures = new Map([
    ['PNG', picture(golden.image, golden.pixelsSha256)],
    ['HEIC', picture(golden.heic.image, golden.heic.pixelsSha256)],
  ]);
  return { ...golden, pictures, tolerance: GOLDEN_TOLERANCE };
}
