import { FilterSyntaxError, type FashionMatchError, parseMetadataFilter } from '@fashionmatch/domain';
import { loadConfig, openSimilaritySearch, type SearchResult } from '@fashionmatch/pipeline';

import { caretLine } from '../tables/caret-line.js';
import type { SearchOptions } from '../command-options.js';
import { EXIT } from '../terminal/exit-code.js';
import { hitDocument, hitTable } from '../tables/hits.js';
import { jsonText } from '../documents/json-text.js';
import { OutputFile } from '../documents/output-file.js';
import { searchPage } from '../pages/search-page.js';
import { reporting } from '../terminal/reporting.js';
import { findHits, searchQuery, type SearchQuery } from '../search-query.js';
import { openSession, type Session } from '../terminal/session.js';
import { showsLinks, type Terminal } from '../terminal/terminal.js';

const EMPTY_NOTE = 'Nothing is stored yet: run "fashionmatch embed" first.\n';
const TEXT_NOTE = 'A text is compared with the CLIP vectors only: the score is the CLIP score.\n';

/** `fashionmatch search`: the stored items that look most like an image or another item, or like what a text says. */
export async function search(path: string | undefined, options: SearchOptions, terminal: Terminal): Promise<number> {
  const session = openSession({ ...options, logLevel: options.logLevel ?? 'warn' }, terminal);
  const fail = (error: FashionMatchError): void => {
    session.fail(error);
    if (error instanceof FilterSyntaxError && options.logFormat !== 'json') {
      session.progress.write(caretLine(options.where ?? '', error.position));
    }
  };
  return reporting({ ...session, fail }, async () => {
    const query = searchQuery(path, options);
    const hits = await find(query, options, session);
    session.progress.close();
    if (!options.json && !options.quiet && 'text' in query) session.progress.write(TEXT_NOTE);
    terminal.stdout.write(
      options.json
        ? `${jsonText(document(query, options, hits))}\n`
        : hitTable(hits, { links: await showsLinks(terminal) }),
    );
    return EXIT.done;
  });
}

async function find(query: SearchQuery, options: SearchOptions, session: Session): Promise<SearchResult[]> {
  const { topK, weights, where, minScore, exact = false, html } = options;
  const filter = where === undefined ? undefined : parseMetadataFilter(where);
  const config = await loadConfig({ path: options.config });
  const pageFile = html === undefined ? undefined : await OutputFile.open(html, 'page');
  const { logger, progress } = session;
  await using opened = await openSimilaritySearch({ config, logger, progress });
  if ((await opened.store.count()) === 0 && !options.quiet) progress.write(EMPTY_NOTE);
  const hits = await findHits(opened.search, query, { topK, weights, filter, minScore, exact });
  const used = 'text' in query ? undefined : (weights ?? opened.scorer.weights);
  await pageFile?.write(searchPage(query, { topK, weights: used, where, minScore, exact }, hits, opened));
  return hits;
}

function document(query: SearchQuery, { where }: SearchOptions, hits: readonly SearchResult[]): object {
  const space = 'text' in query ? { space: 'clip' } : {};
  return { schema_version: 1, query: { ...query, ...space, where }, hits: hits.map(hitDocument) };
}
