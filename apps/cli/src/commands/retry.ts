import type { SourceEntry } from '@fashionmatch/domain';

import { defineCommand } from '../declaration/define-command.js';
import { withGenerationOption } from '../declaration/generation-option.js';
import { wholeNumber } from '../declaration/option-values.js';
import { withSourceOptions } from '../declaration/source-options.js';
import { readFailuresFile, type FailedIds } from '../documents/failures-file.js';
import { resultDocument, type RunReport } from '../documents/result-document.js';
import { EXIT } from '../terminal/exit-code.js';
import { reporting } from '../terminal/reporting.js';
import { runEmbedding } from './embed.js';

const NOTHING: RunReport = { status: 'completed', results: {}, failures: [], models: undefined, error: undefined };

/** `fashionmatch retry FILE`: an embedding run over nothing but what failed before. */
export const retry = defineCommand({
  name: 'retry',
  description: 'run again only what failed, from a file that embed --failures-file wrote',
  examples: ['fashionmatch embed --failures-file failed.jsonl', 'fashionmatch retry failed.jsonl'],
  declare: (command) =>
    withSourceOptions(
      withGenerationOption(
        command
          .argument('<file>', 'the failures file')
          .option('--batch-size <n>', 'images per encoding call, 1 to 1024', wholeNumber(1, 1024))
          .option('--download-images', 'fetch images that a listing has only an address of')
          .option('--failures-file <path>', 'write one JSON object a line for each item that fails again'),
      ),
    ),
  action: (file, options, session) =>
    reporting(session, async () => {
      const failed = await readFailuresFile(file);
      const [references, scraped] = [failed.references.size > 0, failed.scraped.size > 0];
      if (!references && !scraped) {
        session.print(
          () => resultDocument(NOTHING),
          () => 'Nothing to retry.\n',
        );
        return EXIT.done;
      }
      const mode = references && scraped ? 'all' : references ? 'references' : 'scraped';
      return runEmbedding({ ...options, mode }, session, (entry) => isNamed(entry, failed));
    }),
});

/** A reference image that was edited or touched since has another id, but the same path. */
function isNamed(entry: SourceEntry, failed: FailedIds): boolean {
  if (entry.kind === 'fault') return failed[entry.failure.source].has(entry.failure.itemId);
  const names = failed[entry.source];
  return names.has(entry.itemId) || names.has(entry.file.path);
}
