import { FashionMatchError, LeftOutTally, leftOutText, type BatchSurvey } from '@fashionmatch/domain';

import { defineCommand } from '../declaration/define-command.js';
import { withFolderOptions, withSourceOptions } from '../declaration/source-options.js';
import { batchSurveyDocument } from '../documents/batch-survey-document.js';
import { batchSurveyReport } from '../tables/batch-survey-report.js';
import { printable } from '../tables/printable.js';
import { EXIT } from '../terminal/exit-code.js';
import { reporting } from '../terminal/reporting.js';

/** `fashionmatch sources`: what of the folders is recognised, how it is read, and what is left out; touches nothing. */
export const sources = defineCommand({
  name: 'sources',
  description: 'what of the folders is recognised, how it is read, three items of each, and what is left out',
  examples: ['fashionmatch sources', 'fashionmatch sources --scraped-dir ~/scraper/output --json'],
  logLevel: 'warn',
  declare: (command) => withSourceOptions(withFolderOptions(command)),
  action: (options, session) =>
    reporting(session, async () => {
      const { openSourceSurvey } = await import('@fashionmatch/pipeline');
      const { loadSourceConfig } = await import('../planning/source-config.js');
      const config = await loadSourceConfig(options);
      const leftOut = new LeftOutTally();
      const survey = await openSourceSurvey({ config, logger: session.logger, onLeftOut: leftOut.add });
      const references = await whereThere(() => survey.countReferences(options.referencesDir));
      const batches = await whereThere(() => survey.scraped(options.scrapedDir));
      if (references === undefined && batches === undefined) {
        throw new FashionMatchError('SOURCE_UNREADABLE', NEITHER);
      }
      session.print(
        () => documentOf(references, batches ?? [], leftOut),
        () => textOf(references, batches, leftOut),
      );
      return EXIT.done;
    }),
});

const NEITHER =
  'Neither the folder of references nor that of scraped batches can be read: name them with --references-dir and --scraped-dir.';

/** Undefined for a folder that is not there: the other one is worth a look all the same. */
async function whereThere<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof FashionMatchError && error.code === 'SOURCE_UNREADABLE') return undefined;
    throw error;
  }
}

function documentOf(references: number | undefined, batches: readonly BatchSurvey[], leftOut: LeftOutTally): object {
  return {
    schema_version: 1,
    references: references === undefined ? null : { images: references },
    batches: batches.map(batchSurveyDocument),
    left_out: leftOut.counts,
  };
}

function textOf(
  references: number | undefined,
  batches: readonly BatchSurvey[] | undefined,
  { counts }: LeftOutTally,
): string {
  const left = leftOutText(counts);
  return [
    `References: ${references === undefined ? 'none' : `${String(references)} images`}`,
    ...(batches ?? []).map(batchSurveyReport),
    ...(batches?.length === 0 ? ['No batches.'] : []),
    ...(left === '' ? [] : [`Left out: ${printable(left)}`]),
    '',
  ].join('\n');
}
