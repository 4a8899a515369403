import { ItemError, type StoredItem } from '@fashionmatch/domain';
import {
  encodeFakeImage,
  FakeImageDecoder,
  FakeImageEncoder,
  InMemoryVectorStore,
  RecordingLogger,
  sampleImage,
  sampleItem,
} from '@fashionmatch/domain/testing';
import {
  HybridScorer,
  ItemBrowser,
  KeptColumns,
  NO_JOURNAL,
  parseConfig,
  SimilaritySearch,
  type EncoderHandle,
  type SearchResult,
} from '@fashionmatch/pipeline';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { z } from 'zod';

import { createServer } from './server.js';
import { SharedSearch } from './shared-search.js';

const DIMENSIONS = { clip: 16, dino: 8 };
const WEIGHTS = { clip: 0.6, dino: 0.4 };
const TOKEN = 'a-token-of-some-length';

function handle(space: 'clip' | 'dino'): EncoderHandle {
  const encoder = new FakeImageEncoder(DIMENSIONS[space]);
  return { id: encoder.id, dimensions: encoder.dimensions, model: encoder.model, open: () => Promise.resolve(encoder) };
}

const MODELS = { clip_model: 'builtin/colour-layout' };

/** @param drawn told of each picture that is drawn. */
async function openFake(drawn: string[]) {
  const store = new InMemoryVectorStore(DIMENSIONS);
  await store.upsert(
    Array.from({ length: 30 }, (_, i) =>
      sampleItem(`item/${String(i)}`, DIMENSIONS, {
        item: {
          price: i,
          brand: i % 2 === 0 ? 'Zara' : 'Cos',
          url: i === 3 ? 'javascript:alert(1)' : `https://www.example.com/items/${String(i)}`,
        },
        provenance: { contentSha256: String(i).padStart(16, '0').padEnd(64, '0') },
        // The last one has the picture of the one before it.
        seed: Math.min(i, 28),
      }),
    ),
  );
  const scorer = new HybridScorer({ clip: handle('clip'), dino: handle('dino') }, WEIGHTS);
  const nobody = (): Promise<never> => Promise.reject(new ItemError('IMAGE_MISSING', 'no file is here'));
  const search = new SimilaritySearch({
    vectorStore: store,
    decoder: new FakeImageDecoder(),
    scorer,
    textTower: nobody,
    sources: { readImage: nobody },
    logger: new RecordingLogger(),
  });
  const thumbnails = {
    ofFile: nobody,
    ofItem: ({ provenance: { filePath } }: Pick<StoredItem, 'provenance'>) => {
      if (filePath.includes('item/0')) return nobody();
      drawn.push(filePath);
      return Promise.resolve(new TextEncoder().encode('a picture'));
    },
  };
  return {
    config: parseConfig({ models: MODELS }),
    search,
    store,
    items: new ItemBrowser(store, new KeptColumns(store, NO_JOURNAL)),
    contents: () => store.revision(),
    copyThresholds: { clip: 0.99, dino: 0.99 },
    scorer,
    thumbnails,
    judge: (hits: readonly SearchResult[]) =>
      Promise.resolve(hits.map((hit) => ({ ...hit, percentile: 99.5, closeness: 'close' as const }))),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

const opened: AsyncDisposable[] = [];

afterEach(async () => {
  for (const one of opened.splice(0)) await one[Symbol.asyncDispose]();
});

async function setUp({ host = '127.0.0.1', token }: { host?: string; token?: string } = {}) {
  const drawn: string[] = [];
  const search = new SharedSearch(() => openFake(drawn));
  const logger = new RecordingLogger();
  const config = parseConfig({ models: MODELS, limits: { max_file_mb: 0.01 } });
  const server = await createServer({ search, config, host, token, logger });
  opened.push(search, server);
  return { server, logger, drawn };
}

interface Hit {
  readonly copies?: number;
  readonly item_id: string;
  readonly similarity_score: number;
  readonly clip_score: number;
  readonly url: string | null;
}

interface Operation {
  readonly parameters: readonly { readonly name: string }[];
  readonly requestBody?: { readonly content: object };
}

/** Whatever the API answers with; a test knows which parts are there. */
interface Body {
  readonly hits: readonly Hit[];
  readonly items: readonly { readonly item_id: string; readonly picture: string }[];
  readonly total: number;
  readonly groups: readonly { readonly items: readonly { readonly item_id: string }[] }[];
  readonly error: { readonly code: string };
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<'get' | 'post', Operation>>>>;
}

interface Answer {
  readonly status: number;
  readonly headers: object;
  readonly text: string;
  readonly body: Body;
}

/** What the server answers to a request that names it rightly, unless told otherwise. */
async function answerOf(
  server: FastifyInstance,
  url: string,
  options: Omit<InjectOptions, 'url'> = {},
): Promise<Answer> {
  const headers = { host: '127.0.0.1:3210', ...options.headers };
  const { statusCode: status, headers: answered, body: text } = await server.inject({ url, ...options, headers });
  const isJson = String(answered['content-type']).startsWith('application/json');
  return { status, headers: answered, text, body: JSON.parse(isJson ? text : '{}') };
}

describe('who may ask', () => {
  test.each(['/', '/page.js', '/api/status', '/api/items', '/api/values?field=brand', '/api/duplicates', '/nowhere'])(
    'not whom another name has led to %s',
    async (path) => {
      const { server } = await setUp();
      const answer = await answerOf(server, path, { headers: { host: 'evil.example' } });
      expect(answer).toMatchObject({ status: 403, body: { error: { code: 'FORBIDDEN' } } });
    },
  );

  test('not the page of another site', async () => {
    const { server } = await setUp();
    const headers = { origin: 'https://evil.example', 'content-type': 'image/png' };
    const answer = await answerOf(server, '/api/search', { method: 'POST', headers, payload: 'x' });
    expect(answer).toMatchObject({ status: 403, body: { error: { code: 'FORBIDDEN' } } });
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  });

  test.each([
    '/api/status',
    '/api/items',
    '/api/items/item%2F1/thumbnail',
    '/api/values?field=brand',
    '/api/duplicates',
    '/api/openapi.json',
    '/%61pi/status',
  ])('only with the token, where there is one: %s', async (path) => {
    const { server } = await setUp({ host: '0.0.0.0', token: TOKEN });
    for (const authorization of [undefined, 'Bearer wrong', `Basic ${TOKEN}`]) {
      const headers = authorization === undefined ? {} : { authorization };
      const answer = await answerOf(server, path, { headers });
      expect(answer).toMatchObject({ status: 401, body: { error: { code: 'UNAUTHORIZED' } } });
    }
    expect(await answerOf(server, path, { headers: { authorization: `Bearer ${TOKEN}` } })).toMatchObject({
      status: 200,
    });
  });

  test('anybody gets the page, and learns nothing from it', async () => {
    const { server } = await setUp({ host: '0.0.0.0', token: TOKEN });
    const { status, headers, text } = await answerOf(server, '/');
    expect(status).toBe(200);
    expect(text).not.toContain('item-');
    expect(headers).toMatchObject({
      'content-security-policy': expect.stringMatching(
        /^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'$/,
      ),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    });
    const linked = Array.from(text.matchAll(/(?:src|href)="([^"]+)"/g), ([, path = '']) => path);
    expect(linked).toEqual(['/page.css', '/page.js']);
    // The other one is there once it is built.
    expect(await answerOf(server, '/page.css')).toMatchObject({ status: 200 });
  });
});

describe('a search', () => {
  const ids = (body: Body): string[] => body.hits.map(({ item_id }) => item_id);

  test('for the look-alikes of an item', async () => {
    const { server } = await setUp();
    const { status, body } = await answerOf(server, '/api/search?id=item%2F7&top_k=3&clip=1&dino=0');
    expect(status).toBe(200);
    expect(body.hits).toHaveLength(3);
    expect(body.hits[0]).toMatchObject({ rank: 1, item_id: expect.stringMatching(/^item\//), currency: 'EUR' });
    expect(body.hits[0]?.similarity_score).toBe(body.hits[0]?.clip_score);
    expect(ids(body)).not.toContain('item/7');
    // Where the files lie stays here.
    expect(JSON.stringify(body)).not.toMatch(/local_image_path|image_url|file_path|\.jpg/);
  });

  test('with a filter', async () => {
    const { server } = await setUp();
    const where = encodeURIComponent('price < 10 and brand = "Cos"');
    const { body } = await answerOf(server, `/api/search?id=item%2F7&where=${where}`);
    expect(ids(body).sort()).toEqual(['item/1', 'item/3', 'item/5', 'item/9']);
    expect(body.hits.find((hit) => hit.item_id === 'item/3')?.url).toBeNull();
  });

  test('with one hit for copies, unless all are asked for', async () => {
    const { server } = await setUp();
    const { body } = await answerOf(server, '/api/search?id=item%2F7&top_k=29');
    expect(ids(body)).toHaveLength(28);
    expect(body.hits.filter(({ copies }) => copies === 1)).toMatchObject([{ item_id: 'item/28' }]);
    const { body: all } = await answerOf(server, '/api/search?id=item%2F7&top_k=29&distinct=false');
    expect(ids(all)).toHaveLength(29);
    expect(all.hits.map(({ copies }) => copies)).not.toContain(1);
  });

  test('for a photo', async () => {
    const { server } = await setUp();
    const payload = Buffer.from(encodeFakeImage(sampleImage(20, 30, 1)));
    const headers = { 'content-type': 'image/png' };
    const { status, body } = await answerOf(server, '/api/search?top_k=2', { method: 'POST', headers, payload });
    expect(status).toBe(200);
    expect(body.hits).toHaveLength(2);
    expect(body.hits[0]).toMatchObject({ percentile: 99.5, closeness: 'close' });
  });

  test('for a part of a photo', async () => {
    const { server } = await setUp();
    const payload = Buffer.from(encodeFakeImage(sampleImage(20, 30, 1)));
    const hitsOf = async (query: string): Promise<readonly Hit[]> => {
      const { status, body } = await answerOf(server, `/api/search?top_k=5${query}`, post(payload));
      expect(status).toBe(200);
      return body.hits;
    };
    const whole = await hitsOf('');
    expect(await hitsOf('&region=0,0,1,1')).toEqual(whole);
    expect(await hitsOf('&region=0.5,0.5,0.25,0.5')).not.toEqual(whole);
  });

  const post = (payload: string | Buffer, type = 'image/png'): Omit<InjectOptions, 'url'> => ({
    method: 'POST',
    headers: { 'content-type': type },
    payload,
  });

  test.each<[string, string, Omit<InjectOptions, 'url'>, number, string]>([
    ['nothing', '/api/search', {}, 400, 'REQUEST_INVALID'],
    ['two things', '/api/search?id=a&text=b', {}, 400, 'REQUEST_INVALID'],
    ['an item that is not stored', '/api/search?id=a', {}, 404, 'ITEM_NOT_FOUND'],
    ['an unknown parameter', '/api/search?id=a&path=/etc/passwd', {}, 400, 'REQUEST_INVALID'],
    ['too many', '/api/search?id=a&top_k=201', {}, 400, 'REQUEST_INVALID'],
    ['a weight below 0', '/api/search?id=a&clip=-1', {}, 400, 'REQUEST_INVALID'],
    ['a filter that cannot be read', '/api/search?id=a&where=price', {}, 400, 'USAGE_INVALID'],
    ['a filter with a control character', '/api/search?id=a&where=brand%3D%00', {}, 400, 'REQUEST_INVALID'],
    ['an id with a control character', '/api/search?id=a%0a', {}, 400, 'REQUEST_INVALID'],
    ['a part that is none', '/api/search?region=0.5,0,0.6,1', post('no photo'), 400, 'REQUEST_INVALID'],
    ['a part of an item', '/api/search?id=a&region=0,0,1,1', {}, 400, 'REQUEST_INVALID'],
    ['a page too far', '/api/items?offset=1000001', {}, 400, 'REQUEST_INVALID'],
    ['a page before the first', '/api/items?offset=-1', {}, 400, 'REQUEST_INVALID'],
    ['a page that is too long', '/api/items?limit=201', {}, 400, 'REQUEST_INVALID'],
    ['an unknown order', '/api/items?sort=colour', {}, 400, 'REQUEST_INVALID'],
    ['items by a filter that cannot be read', '/api/items?where=price', {}, 400, 'USAGE_INVALID'],
    ['values of another field', '/api/values?field=title', {}, 400, 'REQUEST_INVALID'],
    ['values of no field', '/api/values', {}, 400, 'REQUEST_INVALID'],
    ['copies of another kind', '/api/duplicates?kind=alike', {}, 400, 'REQUEST_INVALID'],
    ['a photo that is none', '/api/search', post('no photo'), 422, 'IMAGE_INVALID'],
    ['an empty photo', '/api/search', post(''), 422, 'IMAGE_INVALID'],
    ['a large photo', '/api/search', post(Buffer.alloc(20_000)), 413, 'UPLOAD_TOO_LARGE'],
    ['JSON', '/api/search', post('{}', 'application/json'), 415, 'MEDIA_TYPE_UNSUPPORTED'],
    ['a page that is not there', '/api/nowhere', {}, 404, 'NOT_FOUND'],
    ['a file', '/../../etc/passwd', {}, 404, 'NOT_FOUND'],
    ['an id that cannot be decoded', '/api/items/%ff', {}, 400, 'REQUEST_INVALID'],
    ['an id that nothing can have', `/api/items/${'x'.repeat(5_000)}`, {}, 414, 'REQUEST_INVALID'],
  ])('for %s is answered with what is wrong', async (_, url, options, status, code) => {
    const { server } = await setUp();
    const answer = await answerOf(server, url, options);
    expect(answer).toMatchObject({
      status,
      body: { error: { code, message: expect.stringMatching(/\w/) } },
    });
    expect(await answerOf(server, '/api/status')).toMatchObject({ status: 200 });
  });

  test('that fails as nobody foresaw says so, and the log says why', async () => {
    const search = new SharedSearch(() => Promise.reject(new TypeError('a secret detail')));
    const logger = new RecordingLogger();
    const server = await createServer({ search, config: parseConfig({}), host: '::1', token: undefined, logger });
    opened.push(search, server);
    const { status, body } = await answerOf(server, '/api/status');
    expect({ status, code: body.error.code }).toEqual({ status: 500, code: 'UNEXPECTED' });
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(logger.events).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'GET /api/status: a secret detail' }),
    );
  });
});

describe('items', () => {
  const idsOf = ({ items }: Body): string[] => items.map(({ item_id }) => item_id);

  test('by id, with what is known of them', async () => {
    const { server } = await setUp();
    const { status, text, body } = await answerOf(server, '/api/items/item%2F4');
    expect(status).toBe(200);
    expect(body).toEqual({
      item_id: 'item/4',
      title: 'Wool coat item/4',
      price: 4,
      currency: 'EUR',
      brand: 'Zara',
      size: 'M',
      condition: 'Very good',
      category: 'women-coats',
      url: 'https://www.example.com/items/4',
      picture: '/api/items/item%2F4/thumbnail?v=0000000000000004',
      description: 'Warm, hardly worn',
      seller_id: 'seller-7',
      scraped_at: '2025-01-15T14:30:22.000Z',
      source: 'scraped',
      image: { bytes: 123_456 },
    });
    expect(text).not.toMatch(/\.jpg/);
  });

  test('page by page, each once', async () => {
    const { server } = await setUp();
    const all = Array.from({ length: 30 }, (_, i) => `item/${String(i)}`);
    const pages: string[] = [];
    for (const offset of [0, 12, 24, 36]) {
      const { body } = await answerOf(server, `/api/items?offset=${String(offset)}&limit=12`);
      expect(body).toMatchObject({ schema_version: 1, total: 30, offset, hints: [] });
      pages.push(...idsOf(body));
    }
    expect(pages).toEqual(all);
    expect((await answerOf(server, '/api/items')).body.items).toHaveLength(24);
  });

  test('in an order, those without a price last', async () => {
    const { server } = await setUp();
    const ends = async (sort: string): Promise<(string | undefined)[]> => {
      const ids = idsOf((await answerOf(server, `/api/items?limit=200&sort=${sort}`)).body);
      return [ids[0], ids.at(-2), ids.at(-1)];
    };
    expect(await ends('price')).toEqual(['item/1', 'item/29', 'item/0']);
    expect(await ends('-price')).toEqual(['item/29', 'item/1', 'item/0']);
    expect(await ends('item_id')).toEqual(['item/0', 'item/8', 'item/9']);
    expect(await ends('-title')).toEqual(['item/9', 'item/1', 'item/0']);
    expect(await ends('brand')).toEqual(['item/1', 'item/26', 'item/28']);
  });

  test('that pass a filter, and hints where none does', async () => {
    const { server } = await setUp();
    const where = encodeURIComponent('brand = zara and price > 10');
    const { body } = await answerOf(server, `/api/items?where=${where}&sort=-price&offset=1&limit=2`);
    expect({ ids: idsOf(body), total: body.total }).toEqual({ ids: ['item/26', 'item/24'], total: 9 });
    expect(await answerOf(server, '/api/items?where=brand%3Dzaar')).toMatchObject({
      status: 200,
      body: { total: 0, items: [], hints: [{ field: 'brand', asked: 'zaar', nearest: 'Zara', items: 15 }] },
    });
  });

  test('with their pictures, which are drawn once and can be kept', async () => {
    const { server, drawn } = await setUp();
    const { body } = await answerOf(server, '/api/items/item%2F4');
    const { picture } = z.object({ picture: z.string() }).parse(body);
    const etag = '"0000000000000004"';
    for (let time = 0; time < 2; time++) {
      expect(await answerOf(server, picture)).toMatchObject({
        status: 200,
        headers: { 'content-type': 'image/webp', 'cache-control': 'private, max-age=31536000, immutable', etag },
        text: 'a picture',
      });
    }
    expect(drawn).toHaveLength(1);
    for (const url of [picture.replace(/v=.*/, 'v=another'), picture.replace(/\?.*/, '')]) {
      expect(await answerOf(server, url)).toMatchObject({
        status: 200,
        headers: { 'cache-control': 'private, no-cache', etag },
      });
    }
  });

  test.each(['"0000000000000004"', 'W/"0000000000000004"', '"old", "0000000000000004"'])(
    'whose pictures who asks has already: %s',
    async (tag) => {
      const { server, drawn } = await setUp();
      const ask = (tag: string): Promise<Answer> =>
        answerOf(server, '/api/items/item%2F4/thumbnail', { headers: { 'if-none-match': tag } });
      expect(await ask(tag)).toMatchObject({ status: 304, text: '', headers: { etag: '"0000000000000004"' } });
      expect(drawn).toEqual([]);
      expect(await ask('"old"')).toMatchObject({ status: 200 });
    },
  );

  test('that are not stored, or whose file is gone', async () => {
    const { server } = await setUp();
    const error = (code: string): object => ({
      status: 404,
      headers: { 'cache-control': 'no-store' },
      body: { error: { code } },
    });
    expect(await answerOf(server, '/api/items/nowhere')).toMatchObject(error('ITEM_NOT_FOUND'));
    expect(await answerOf(server, '/api/items/%2Fetc%2Fpasswd/thumbnail')).toMatchObject(error('ITEM_NOT_FOUND'));
    expect(await answerOf(server, '/api/items/item%2F0/thumbnail')).toMatchObject(error('IMAGE_MISSING'));
  });

  test('and the values that they have', async () => {
    const { server } = await setUp();
    expect((await answerOf(server, '/api/values?field=brand')).body).toEqual({
      schema_version: 1,
      values: ['Cos', 'Zara'],
    });
    expect((await answerOf(server, '/api/values?field=seller')).body).toEqual({
      schema_version: 1,
      values: ['seller-7'],
    });
  });

  test('and which of them are copies', async () => {
    const { server } = await setUp();
    const { status, body } = await answerOf(server, '/api/duplicates');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      schema_version: 1,
      state: 'ready',
      total: 1,
      offset: 0,
      groups: [
        {
          kind: 'near',
          relist: true,
          lowest_clip_score: expect.closeTo(1),
          items_total: 2,
          items: [
            { item_id: 'item/28', same_content: true, picture: expect.stringContaining('?v=') },
            { item_id: 'item/29', same_content: false },
          ],
        },
      ],
    });
    const totalOf = async (query: string): Promise<number> =>
      (await answerOf(server, `/api/duplicates?${query}`)).body.total;
    expect([await totalOf('kind=exact'), await totalOf('kind=near'), await totalOf('kind=relist')]).toEqual([0, 1, 1]);
    expect((await answerOf(server, '/api/duplicates?offset=1')).body).toMatchObject({ total: 1, groups: [] });
  });
});

test('the API describes itself', async () => {
  const { server } = await setUp();
  const { body } = await answerOf(server, '/api/openapi.json');
  expect(body.openapi).toBe('3.1.0');
  expect(Object.keys(body.paths).sort()).toEqual([
    '/api/duplicates',
    '/api/items',
    '/api/items/{id}',
    '/api/items/{id}/thumbnail',
    '/api/search',
    '/api/status',
    '/api/values',
  ]);
  expect(Object.keys(body.paths['/api/search'] ?? {})).toEqual(['get', 'post']);
  expect(body.paths['/api/search']?.get.parameters.map(({ name }) => name)).toContain('where');
  expect(Object.keys(body.paths['/api/search']?.post.requestBody?.content ?? {})).toContain('image/jpeg');
});

test('the status tells how to ask', async () => {
  const { server } = await setUp();
  expect((await answerOf(server, '/api/status')).body).toMatchObject({
    schema_version: 1,
    items: 30,
    weights: WEIGHTS,
    reads_text: false,
    max_upload_bytes: 10485,
    encoders: { clip: { id: expect.any(String) }, dino: { id: expect.any(String) } },
  });
});
