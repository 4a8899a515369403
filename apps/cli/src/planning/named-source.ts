import { stat } from 'node:fs/promises';

import { FashionMatchError } from '@fashionmatch/domain';
import type { AppConfig } from '@fashionmatch/pipeline';

import type { ModeOptions } from '../declaration/source-options.js';

/** A source that was asked for by itself must be there: found out before anything is opened or cleared. */
export async function requireNamedSource(
  { mode, referencesDir, scrapedDir }: ModeOptions,
  { scraper }: AppConfig,
): Promise<void> {
  if (mode === 'all') return;
  const directory =
    mode === 'references' ? (referencesDir ?? scraper.referencesDir) : (scrapedDir ?? scraper.outputDir);
  const found = await stat(directory).catch(() => undefined);
  if (found?.isDirectory()) return;
  const option = mode === 'references' ? '--references-dir' : '--scraped-dir';
  throw new FashionMatchError(
    'USAGE_INVALID',
    `The folder ${directory} does not exist: name another one with ${option}.`,
  );
}
