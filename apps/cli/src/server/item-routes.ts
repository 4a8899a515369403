import type { ItemOrder, ValuesField } from '@fashionmatch/pipeline';
import type { FastifyInstance, FastifyRequest } from 'fastify';

import { filterOf } from './filter-of.js';
import { pictureVersion, storedItemDocument } from './item-document.js';
import { ITEM, ITEMS, THUMBNAIL, VALUES, type ItemSort, type ItemsParameters } from './item-schemas.js';
import { KeptPictures } from './kept-pictures.js';
import type { SharedSearch } from './shared-search.js';

interface ItemParams {
  readonly id: string;
}

const ORDERS: Readonly<Record<ItemSort, ItemOrder>> = {
  stored: { by: 'stored' },
  price: { by: 'price' },
  '-price': { by: 'price', isDescending: true },
  title: { by: 'title' },
  '-title': { by: 'title', isDescending: true },
  brand: { by: 'brand' },
  '-brand': { by: 'brand', isDescending: true },
  item_id: { by: 'itemId' },
};

/** Items and their pictures: a path is never taken from a request. */
export function addItemRoutes(server: FastifyInstance, search: SharedSearch): void {
  server.get<{ Querystring: ItemsParameters }>('/api/items', { schema: ITEMS }, ({ query }) => {
    const { offset, limit } = query;
    const filter = filterOf(query.where);
    return search.use(async (opened) => {
      const { total, items } = await opened.items.page({ filter, order: ORDERS[query.sort], offset, limit });
      const hints = total === 0 && filter !== undefined ? await opened.search.hints(filter) : [];
      return { schema_version: 1, total, offset, items: items.map(storedItemDocument), hints };
    });
  });

  server.get<{ Params: ItemParams }>('/api/items/:id', { schema: ITEM }, ({ params: { id } }) =>
    search.use(async ({ items }) => storedItemDocument(await items.item(id))),
  );

  server.get<{ Querystring: { readonly field: keyof typeof VALUE_FIELDS } }>(
    '/api/values',
    { schema: VALUES },
    ({ query: { field } }) =>
      search.use(async ({ items }) => ({
        schema_version: 1,
        values: (await items.values(VALUE_FIELDS[field])) ?? null,
      })),
  );

  addThumbnailRoute(server, search);
}

const VALUE_FIELDS = {
  brand: 'brand',
  category: 'category',
  condition: 'condition',
  seller: 'sellerId',
  size: 'size',
} as const satisfies Record<string, ValuesField>;

function addThumbnailRoute(server: FastifyInstance, search: SharedSearch): void {
  const pictures = new KeptPictures();
  server.get<{ Params: ItemParams; Querystring: { readonly v?: string } }>(
    '/api/items/:id/thumbnail',
    { schema: THUMBNAIL },
    ({ params: { id }, query: { v }, headers }, reply) =>
      search.use(async ({ items, thumbnails }) => {
        const stored = await items.item(id);
        const version = pictureVersion(stored.provenance);
        const headed = headersOf(version, v);
        if (version !== undefined && names(headers, version)) return reply.code(304).headers(headed).send();
        const picture = await pictures.of(stored.provenance.contentSha256, () => thumbnails.ofItem(stored));
        return reply.headers(headed).type('image/webp').send(Buffer.from(picture));
      }),
  );
}

/** An address that names the content never leads to another one. */
function headersOf(version: string | undefined, asked: string | undefined): Record<string, string> {
  if (version === undefined) return {};
  const isNamed = asked === version;
  return {
    etag: `"${version}"`,
    'cache-control': isNamed ? 'private, max-age=31536000, immutable' : 'private, no-cache',
  };
}

/** Whether who asks has the picture already. */
function names({ 'if-none-match': header = '' }: FastifyRequest['headers'], version: string): boolean {
  const tags = header.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(`"${version}"`);
}
