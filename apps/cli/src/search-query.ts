import { FashionMatchError, ItemError, ItemNotFoundError } from '@fashionmatch/domain';
import type { SearchOptions as HowToSearch, SearchResult, SimilaritySearch } from '@fashionmatch/pipeline';

import type { SearchOptions } from './command-options.js';

/** What is looked for: the look-alikes of an image file or of a stored item, or what a text says. */
export type SearchQuery = { readonly path: string } | { readonly id: string } | { readonly text: string };

/** @throws FashionMatchError `USAGE_INVALID` when it is not one thing, or has weights and is a text. */
export function searchQuery(path: string | undefined, { id, text, weights }: SearchOptions): SearchQuery {
  const named = [
    path === undefined ? [] : [{ path }],
    id === undefined ? [] : [{ id }],
    text === undefined ? [] : [{ text }],
  ].flat();
  const [query] = named;
  if (query === undefined || named.length > 1) {
    throw new FashionMatchError(
      'USAGE_INVALID',
      'Name one thing to search for: an image file, --id with a stored id, or --text with words.',
    );
  }
  if ('text' in query && weights !== undefined) {
    throw new FashionMatchError('USAGE_INVALID', 'A text is compared with CLIP vectors only: leave out --weights.');
  }
  return query;
}

/** @throws FashionMatchError that names what is wrong with the thing that was named. */
export async function findHits(
  search: Pick<SimilaritySearch, 'byFile' | 'byId' | 'byText'>,
  query: SearchQuery,
  how: HowToSearch,
): Promise<SearchResult[]> {
  if ('text' in query) return search.byText(query.text, how);
  try {
    return await ('id' in query ? search.byId(query.id, how) : search.byFile(query.path, how));
  } catch (thrown) {
    throw faultOf('id' in query ? query.id : query.path, thrown);
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
