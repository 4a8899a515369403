import { FashionMatchError } from '@fashionmatch/domain';
import { loadConfig, openSimilaritySearch, type SearchResult } from '@fashionmatch/pipeline';

import type { SearchOptions } from '../command-line.js';
import { EXIT, exitCodeOf } from '../exit-code.js';
import { fatalErrorOf } from '../fatal-error.js';
import { hitDocument, hitTable } from '../hits.js';
import { openSession } from '../session.js';
import type { Terminal } from '../terminal.js';

/** `fashionmatch search`: the stored items that look most like an image or another item. */
export async function search(path: string | undefined, options: SearchOptions, terminal: Terminal): Promise<number> {
  const session = openSession({ ...options, logLevel: options.logLevel ?? 'warn' }, terminal);
  try {
    const hits = await find(path, options);
    terminal.stdout.write(options.json ? `${JSON.stringify(document(path, options, hits))}\n` : hitTable(hits));
    return EXIT.done;
  } catch (thrown) {
    const error = fatalErrorOf(thrown);
    session.fail(error);
    return exitCodeOf(error.code);
  }

  async function find(
    imagePath: string | undefined,
    { id, topK, weights, minScore }: SearchOptions,
  ): Promise<SearchResult[]> {
    if ((imagePath === undefined) === (id === undefined)) {
      throw new FashionMatchError(
        'USAGE_INVALID',
        'Name one thing to search for: an image file, or --id with a stored id.',
      );
    }
    const config = await loadConfig({ path: options.config });
    await using opened = await openSimilaritySearch({ config, logger: session.logger });
    const query = { topK, weights, minScore };
    if (id !== undefined) return await opened.search.byId(id, query);
    return await opened.search.byFile(imagePath ?? '', query);
  }
}

function document(path: string | undefined, { id }: SearchOptions, hits: readonly SearchResult[]): object {
  return {
    schema_version: 1,
    query: { ...(path !== undefined && { path }), ...(id !== undefined && { id }) },
    hits: hits.map(hitDocument),
  };
}
