import { ItemNotFoundError, type StoredItem } from '@fashionmatch/domain';
import type { OpenedSimilaritySearch } from '@fashionmatch/pipeline';
import type { FastifyInstance } from 'fastify';

import { storedItemDocument } from './item-document.js';
import { ITEM, ITEMS, THUMBNAIL } from './schemas.js';
import type { SharedSearch } from './shared-search.js';

/** Items and their pictures, by id: a path is never taken from a request. */
export function addItemRoutes(server: FastifyInstance, search: SharedSearch): void {
  server.get<{ Querystring: { readonly limit: number } }>('/api/items', { schema: ITEMS }, ({ query: { limit } }) =>
    search.use(async ({ store }) => ({ items: (await first(store.listItems(), limit)).map(storedItemDocument) })),
  );

  server.get<{ Params: { readonly id: string } }>('/api/items/:id', { schema: ITEM }, ({ params: { id } }) =>
    search.use(async (opened) => storedItemDocument(await itemOf(opened, id))),
  );

  server.get<{ Params: { readonly id: string } }>(
    '/api/items/:id/thumbnail',
    { schema: THUMBNAIL },
    async ({ params: { id } }, reply) => {
      const picture = await search.use(async (opened) => opened.thumbnails.ofItem(await itemOf(opened, id)));
      return reply.type('image/webp').header('cache-control', 'private, max-age=300').send(Buffer.from(picture));
    },
  );
}

async function itemOf({ store }: OpenedSimilaritySearch, id: string): Promise<StoredItem> {
  const [stored] = await store.getByIds([id]);
  if (!stored) throw new ItemNotFoundError([id]);
  return stored;
}

async function first<T>(all: AsyncIterable<T>, count: number): Promise<T[]> {
  const some: T[] = [];
  for await (const one of all) if (some.push(one) === count) break;
  return some;
}
