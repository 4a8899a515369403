import type { SourceEntry } from '@fashionmatch/domain';

import type { RetryOptions } from '../command-options.js';
import { EXIT } from '../terminal/exit-code.js';
import { readFailuresFile, type FailedIds } from '../documents/failures-file.js';
import { jsonText } from '../documents/json-text.js';
import { reporting } from '../terminal/reporting.js';
import { resultDocument, type RunReport } from '../documents/result-document.js';
import { openSession } from '../terminal/session.js';
import type { Terminal } from '../terminal/terminal.js';
import { embed } from './embed.js';

const NOTHING: RunReport = { status: 'completed', results: {}, failures: [], models: undefined, error: undefined };

/** `fashionmatch retry FILE`: an embedding run over nothing but what failed before. */
export async function retry(file: string, options: RetryOptions, terminal: Terminal): Promise<number> {
  return reporting(openSession(options, terminal), async () => {
    const failed = await readFailuresFile(file);
    const [references, scraped] = [failed.references.size > 0, failed.scraped.size > 0];
    if (!references && !scraped) {
      terminal.stdout.write(options.json ? `${jsonText(resultDocument(NOTHING))}\n` : 'Nothing to retry.\n');
      return EXIT.done;
    }
    const mode = references && scraped ? 'all' : references ? 'references' : 'scraped';
    return embed({ ...options, mode }, terminal, (entry) => isNamed(entry, failed));
  });
}

/** A reference image that was edited or touched since has another id, but the same path. */
function isNamed(entry: SourceEntry, failed: FailedIds): boolean {
  if (entry.kind === 'fault') return failed[entry.failure.source].has(entry.failure.itemId);
  const names = failed[entry.source];
  return names.has(entry.itemId) || names.has(entry.file.path);
}
