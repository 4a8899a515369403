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

import type { AppConfig } from '../config/config.js';
import type { Installation } from '../doctor/installation.js';
import { inspectModels } from './model-library.js';
import { storeEngine } from './store-engine.js';

/** Every part as it is installed here and configured. */
export function installation(config: AppConfig, logger: Logger): Installation {
  return {
    versions: () => ({ ...encoderVersions(), ...storageVersions() }),
    knownResults: async () => {
      const golden = await readGolden();
      return {
        ...golden,
        isDecoded: (decoded) => pixelsSha256(decoded) === golden.pixelsSha256,
        tolerance: GOLDEN_TOLERANCE,
      };
    },
    decoder: () => createSharpImageDecoder(),
    inspectModels: () => inspectModels(config, true),
    openEncoder: async (name, { precision, ...settings }) => {
      const model = await resolveModel(name, { precision, offline: true });
      return openOnnxImageEncoder({ ...settings, model, logger });
    },
    engine: storeEngine(config, { access: 'read', logger }),
    trialStore: (persistDirectory) => {
      const database = { ...config.database, persistDirectory, collectionName: 'doctor', host: undefined };
      return storeEngine({ ...config, database }, { access: 'write', logger });
    },
  };
}
