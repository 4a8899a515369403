import type { Logger } from '@fashionmatch/domain';
import { contentKind } from '@fashionmatch/encoders';
import { readRegularFile, referenceFolder, scrapedBatches } from '@fashionmatch/storage';

import type { AppConfig } from '../config/config.js';
import type { SourceFactory } from '../dependencies.js';

export function sourceFactory({ limits, sources: names }: AppConfig, logger: Logger): SourceFactory {
  const { maxFileBytes, allowOutsidePaths } = limits;
  const shared = { maxFileBytes, allowOutsidePaths, names, logger };
  const isImage = (start: Uint8Array): boolean => contentKind(start).image !== undefined;
  return {
    references: (directory) => referenceFolder({ directory, isImage, ...shared }),
    scraped: (directory) => scrapedBatches({ directory, workingDirectory: process.cwd(), ...shared }),
    // A file that the user names may lie anywhere.
    readImage: (path) => readRegularFile(path, { within: undefined, maxBytes: maxFileBytes }),
  };
}
