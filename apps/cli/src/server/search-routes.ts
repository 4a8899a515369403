import { Readable } from 'node:stream';

import type { OpenedSimilaritySearch, SearchOptions, SearchResult } from '@fashionmatch/pipeline';
import type { FastifyInstance } from 'fastify';

import { NO_REGION, regionOf } from '../planning/region.js';
import { filterOf } from './filter-of.js';
import { hitDocument } from './item-document.js';
import { PhotoPlaces } from './photo-places.js';
import { receivePhoto } from './receive-photo.js';
import { RequestFault } from './request-fault.js';
import { SEARCH, SEARCH_BY_PHOTO, type SearchParameters } from './search-schemas.js';
import type { SharedSearch } from './shared-search.js';

interface SearchQuerystring extends SearchParameters {
  readonly id?: string;
  readonly text?: string;
}

interface PhotoQuerystring extends SearchParameters {
  readonly region?: string;
}

/** Photos that are received or searched for at once: each can be in memory as a whole. */
const PHOTOS_AT_ONCE = 4;

/** What is asked of a photo that is searched for. */
export interface PhotoLimits {
  readonly bytes: number;
  /** How long it may take to arrive, in milliseconds. */
  readonly uploadMs: number;
  /** How long it waits for others to be done, in milliseconds: more than they may take to arrive. */
  readonly placeMs: number;
}

export function addSearchRoutes(server: FastifyInstance, search: SharedSearch, limits: PhotoLimits): void {
  server.get<{ Querystring: SearchQuerystring }>('/api/search', { schema: SEARCH }, async ({ query }) => {
    const { id, text } = query;
    const how = optionsOf(query);
    if ((id === undefined) === (text === undefined)) {
      throw new RequestFault(400, 'REQUEST_INVALID', 'Name one thing to search for: id or text.');
    }
    return search.use(async (opened) => {
      const found = id === undefined ? opened.search.byText(text ?? '', how) : opened.search.byId(id, how);
      return answer(opened, await found, how);
    });
  });

  const places = new PhotoPlaces(PHOTOS_AT_ONCE);
  server.post<{ Querystring: PhotoQuerystring; Body: unknown }>(
    '/api/search',
    { schema: SEARCH_BY_PHOTO },
    async ({ query, body, signal: gone }) => {
      if (!(body instanceof Readable)) throw new RequestFault(400, 'REQUEST_INVALID', 'The photo is missing.');
      const how = optionsOf(query);
      const region = query.region === undefined ? undefined : regionOf(query.region);
      if (query.region !== undefined && region === undefined) {
        throw new RequestFault(400, 'REQUEST_INVALID', `The region cannot be used. ${NO_REGION}`);
      }
      using place = await places.take(AbortSignal.any([gone, AbortSignal.timeout(limits.placeMs)]));
      if (!place) throw new RequestFault(503, 'BUSY', 'Too many photos at once: try again in a moment.');
      const photo = await receivePhoto(body, limits.bytes, AbortSignal.timeout(limits.uploadMs));
      return await search.use(async (opened) => {
        const found = region
          ? opened.search.byParts([{ bytes: photo, weight: 1, region }], how)
          : opened.search.byImage(photo, how);
        return answer(opened, await found, how);
      });
    },
  );
}

async function answer(
  { search, judge }: Pick<OpenedSimilaritySearch, 'judge' | 'search'>,
  found: readonly SearchResult[],
  { filter, weights }: SearchOptions,
): Promise<object> {
  const hints = found.length === 0 && filter !== undefined ? await search.hints(filter) : [];
  const hits = await judge(found, { weights });
  return { schema_version: 1, hits: hits.map(hitDocument), hints };
}

/** @throws FilterSyntaxError */
function optionsOf({
  top_k: topK,
  clip = 0,
  dino = 0,
  min_score: minScore,
  distinct,
  where,
}: SearchParameters): SearchOptions {
  return { topK, minScore, filter: filterOf(where), distinct, weights: clip + dino > 0 ? { clip, dino } : undefined };
}
