import { FashionMatchError, LeftOutTally, leftOutText, type BatchSurvey } from '@fashionmatch/domain';
import { openSourceSurvey } from '@fashionmatch/pipeline';

import type { SourcesOptions } from '../command-options.js';
import { batchSurveyDocument } from '../documents/batch-survey-document.js';
import { jsonText } from '../documents/json-text.js';
import { loadSourceConfig } from '../source-options.js';
import { batchSurveyReport } from '../tables/batch-survey-report.js';
import { printable } from '../tables/printable.js';
import { EXIT } from '../terminal/exit-code.js';
import { reporting } from '../terminal/reporting.js';
import { openSession } from '../terminal/session.js';
import type { Terminal } from '../terminal/terminal.js';

/** `fashionmatch sources`: what of the folders is recognised, how it is read, and what is left out; touches nothing. */
export async function sources(options: SourcesOptions, terminal: Terminal): Promise<number> {
  const session = openSession({ ...options, logLevel: options.logLevel ?? 'warn' }, terminal);
  return reporting(session, async () => {
    const config = await loadSourceConfig(options);
    const leftOut = new LeftOutTally();
    const survey = await openSourceSurvey({ config, logger: session.logger, onLeftOut: leftOut.add });
    const references = await whereThere(() => survey.countReferences(options.referencesDir));
    const batches = await whereThere(() => survey.scraped(options.scrapedDir));
    if (references === undefined && batches === undefined) {
      throw new FashionMatchError('SOURCE_UNREADABLE', NEITHER);
    }
    const left = leftOutText(leftOut.counts);
    terminal.stdout.write(
      options.json
        ? `${jsonText(documentOf(references, batches ?? [], leftOut))}\n`
        : [
            `References: ${references === undefined ? 'none' : `${String(references)} images`}`,
            ...(batches ?? []).map(batchSurveyReport),
            ...(batches?.length === 0 ? ['No batches.'] : []),
            ...(left === '' ? [] : [`Left out: ${printable(left)}`]),
            '',
          ].join('\n'),
    );
    return EXIT.done;
  });
}

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
