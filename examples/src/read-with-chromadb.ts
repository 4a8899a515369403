import { parseArgs } from 'node:util';

import { ChromaClient, type Where, type WhereDocument } from 'chromadb';

/**
 * Reads a store with Chroma's JavaScript client, without FashionMatch: `node examples/dist/read-with-chromadb.js
 * http://HOST:PORT ITEM_ID [--brand BRAND] [--text TEXT] [--top-k N]` prints one JSON document: the item's neighbours in
 * both spaces, then those that have the brand, and those whose document has the text. The client opens no folders.
 */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    collection: { type: 'string', default: 'fashion_items' },
    brand: { type: 'string' },
    text: { type: 'string' },
    'top-k': { type: 'string', default: '10' },
  },
});
const [place = 'http://localhost:8000', itemId = ''] = positionals;
const topK = Number(values['top-k']);
const { hostname: host, port, protocol } = new URL(place);
const ssl = protocol === 'https:';
const client = new ChromaClient({ host, port: Number(port || (ssl ? 443 : 8000)), ssl });

/** Without one, the client looks for a model of its own, and warns that there is none. */
const embeddingFunction = { generate: () => Promise.reject(new Error('There is no model for texts')) };

async function neighbours(
  space: 'clip' | 'dino',
  filters: { where?: Where; whereDocument?: WhereDocument } = {},
): Promise<[itemId: string, score: number][]> {
  const collection = await client.getCollection({ name: `${values.collection}_${space}`, embeddingFunction });
  const { embeddings } = await collection.get({ ids: [itemId], include: ['embeddings'] });
  // The item is its own nearest neighbour.
  const found = await collection.query({
    queryEmbeddings: embeddings,
    nResults: topK + 1,
    include: ['distances'],
    ...filters,
  });
  // Cosine distances: 1 less the similarity.
  const hits = Array.from(found.rows()[0] ?? [], ({ id, distance }): [string, number] => [id, 1 - (distance ?? NaN)]);
  return hits.filter(([id]) => id !== itemId).slice(0, topK);
}

const document = {
  clip: await neighbours('clip'),
  dino: await neighbours('dino'),
  ...(values.brand !== undefined && { of_brand: await neighbours('clip', { where: { brand: values.brand } }) }),
  ...(values.text !== undefined && {
    with_text: await neighbours('clip', { whereDocument: { $contains: values.text } }),
  }),
};
process.stdout.write(`${JSON.stringify(document)}\n`);
