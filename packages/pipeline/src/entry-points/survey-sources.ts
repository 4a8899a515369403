import type { BatchSurvey, Logger, OnLeftOut } from '@fashionmatch/domain';

import type { AppConfig } from '../config/app-config.js';

export interface SurveySourcesOptions {
  readonly config: AppConfig;
  readonly logger: Logger;
  /** Told of everything that is found and passed over. */
  readonly onLeftOut: OnLeftOut;
}

export interface OpenedSourceSurvey {
  /** What each batch of the scraped folder was recognised as, and what comes of its listings. @throws FashionMatchError `SOURCE_UNREADABLE` */
  scraped(directory?: string): Promise<readonly BatchSurvey[]>;
  /** How many images the folder of references has. @throws FashionMatchError `SOURCE_UNREADABLE` */
  countReferences(directory?: string): Promise<number>;
}

/** Opens what says how sources are read. No image and no model is opened, nor the store. */
export async function openSourceSurvey({
  config,
  logger,
  onLeftOut,
}: SurveySourcesOptions): Promise<OpenedSourceSurvey> {
  const { sourceFactory } = await import('../container/source-factory.js');
  const sources = sourceFactory(config, logger);
  return {
    scraped: (directory = config.scraper.outputDir) => sources.survey(directory, onLeftOut),
    async countReferences(directory = config.scraper.referencesDir) {
      let count = 0;
      for await (const { kind } of sources.references(directory).list(onLeftOut)) if (kind === 'item') count++;
      return count;
    },
  };
}
