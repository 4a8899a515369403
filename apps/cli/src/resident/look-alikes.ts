import {
  FashionMatchError,
  ItemError,
  ItemNotFoundError,
  parseMetadataFilter,
  type FusionWeights,
} from '@fashionmatch/domain';
import type {
  FilterHint,
  OpenedSimilaritySearch,
  QueryPart,
  SearchOptions,
  SearchResult,
} from '@fashionmatch/pipeline';

import type { NamedPart, SearchQuery } from '../pages/search-page.js';

/** What is looked for, and how. */
export interface LookAlikesRequest {
  readonly query: SearchQuery;
  readonly topK: number;
  readonly weights?: FusionWeights | undefined;
  /** As it was typed; it can be read. */
  readonly where?: string | undefined;
  readonly minScore?: number | undefined;
  readonly minConfidence?: number | undefined;
  readonly exact: boolean;
  readonly distinct: boolean;
  /** Whether hits are to say what their scores are worth. */
  readonly isJudged: boolean;
  /** Whether the paths of the hits' images are wanted. */
  readonly withPaths: boolean;
}

export interface LookAlikes {
  readonly hits: readonly SearchResult[];
  readonly hints: readonly FilterHint[];
  /** Whether nothing is stored. */
  readonly isEmpty: boolean;
  /** Of the hits' images, where they were asked for. */
  readonly paths: readonly string[];
}

/** @throws FashionMatchError that names what is wrong with the thing that was named. */
export async function findLookAlikes(
  { search, store, judge }: Pick<OpenedSimilaritySearch, 'judge' | 'search' | 'store'>,
  request: LookAlikesRequest,
  read: (parts: readonly NamedPart[]) => Promise<QueryPart[]>,
): Promise<LookAlikes> {
  const { confidentHits } = await import('@fashionmatch/pipeline');
  const { query, topK, weights, where, minScore, minConfidence, exact, distinct, isJudged, withPaths } = request;
  const filter = where === undefined ? undefined : parseMetadataFilter(where);
  const isEmpty = await search.isEmpty();
  const found = await findHits(search, query, { topK, weights, filter, minScore, exact, distinct }, read);
  const judged = isJudged ? await judge(found, { weights, draw: minConfidence !== undefined }) : found;
  const hits = minConfidence === undefined ? judged : confidentHits(judged, minConfidence);
  const hints = hits.length === 0 && filter !== undefined ? await search.hints(filter) : [];
  const stored = withPaths ? await store.getByIds(hits.map(({ itemId }) => itemId)) : [];
  return { hits, hints, isEmpty, paths: stored.map(({ provenance }) => provenance.filePath) };
}

async function findHits(
  search: OpenedSimilaritySearch['search'],
  query: SearchQuery,
  how: SearchOptions,
  read: (parts: readonly NamedPart[]) => Promise<QueryPart[]>,
): Promise<SearchResult[]> {
  if ('text' in query) return search.byText(query.text, how);
  if ('parts' in query) {
    const named = query.parts.map((part) => ('text' in part ? part.text : part.path)).join(' and ');
    try {
      return await search.byParts(await read(query.parts), how);
    } catch (thrown) {
      throw faultOf(named, thrown);
    }
  }
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
