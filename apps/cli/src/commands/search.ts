import {
  FashionMatchError,
  FilterSyntaxError,
  ItemError,
  ItemNotFoundError,
  parseMetadataFilter,
} from '@fashionmatch/domain';
import { loadConfig, openSimilaritySearch, type SearchResult } from '@fashionmatch/pipeline';

import { caretLine } from '../caret-line.js';
import type { SearchOptions } from '../command-line.js';
import { EXIT, exitCodeOf } from '../exit-code.js';
import { fatalErrorOf } from '../fatal-error.js';
import { hitDocument, hitTable } from '../hits.js';
import { jsonText } from '../json-text.js';
import { openSession } from '../session.js';
import type { Terminal } from '../terminal.js';

/** `fashionmatch search`: the stored items that look most like an image or another item. */
export async function search(path: string | undefined, options: SearchOptions, terminal: Terminal): Promise<number> {
  const session = openSession({ ...options, logLevel: options.logLevel ?? 'warn' }, terminal);
  try {
    const hits = await find(path, options);
    terminal.stdout.write(options.json ? `${jsonText(document(path, options, hits))}\n` : hitTable(hits));
    return EXIT.done;
  } catch (thrown) {
    const error = fatalErrorOf(thrown);
    session.fail(error);
    if (error instanceof FilterSyntaxError && options.logFormat !== 'json') {
      session.progress.write(caretLine(options.where ?? '', error.position));
    }
    return exitCodeOf(error.code);
  }

  async function find(
    imagePath: string | undefined,
    { id, topK, weights, where, minScore, exact }: SearchOptions,
  ): Promise<SearchResult[]> {
    if ((imagePath === undefined) === (id === undefined)) {
      throw new FashionMatchError(
        'USAGE_INVALID',
        'Name one thing to search for: an image file, or --id with a stored id.',
      );
    }
    const filter = where === undefined ? undefined : parseMetadataFilter(where);
    const config = await loadConfig({ path: options.config });
    await using opened = await openSimilaritySearch({ config, logger: session.logger });
    const query = { topK, weights, filter, minScore, exact };
    try {
      if (id !== undefined) return await opened.search.byId(id, query);
      return await opened.search.byFile(imagePath ?? '', query);
    } catch (thrown) {
      throw faultOf(id ?? imagePath ?? '', thrown);
    }
  }
}

/** What is wrong with the thing that was named; anything else as it was thrown. */
function faultOf(named: string, thrown: unknown): unknown {
  if (thrown instanceof ItemNotFoundError) {
    return new FashionMatchError('USAGE_INVALID', `No item with the id ${named} is stored.`, { cause: thrown });
  }
  if (!(thrown instanceof ItemError)) return thrown;
  const code = thrown.code === 'IMAGE_MISSING' ? 'USAGE_INVALID' : 'SOURCE_UNREADABLE';
  return new FashionMatchError(code, `${named} cannot be searched for: ${thrown.message}`, { cause: thrown });
}

function document(path: string | undefined, { id, where }: SearchOptions, hits: readonly SearchResult[]): object {
  return { schema_version: 1, query: { path, id, where }, hits: hits.map(hitDocument) };
}
