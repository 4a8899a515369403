import { join } from 'node:path';

import type { DualEmbedding } from '@fashionmatch/domain';
import { RecordingLogger } from '@fashionmatch/domain/testing';
import { connectEmbeddedChroma, openEmbeddedChroma } from '@fashionmatch/storage';

/** As many neighbours as a search for ten items asks for at first. */
const NEIGHBOURS = 160;

/** What a client of Chroma's own would do: one query to each collection, both at once, for ids and distances. */
export interface RawQueries extends AsyncDisposable {
  ask(query: DualEmbedding): Promise<void>;
}

export async function openRawQueries(directory: string): Promise<RawQueries> {
  const logger = new RecordingLogger();
  const server = await openEmbeddedChroma({ persistDirectory: join(directory, 'chromadb'), access: 'read', logger });
  const { request } = await connectEmbeddedChroma(server);
  const embeddingFunction = { generate: (): Promise<never> => Promise.reject(new RangeError('There are no texts')) };
  const collections = await request(async (client) => ({
    clip: await client.getCollection({ name: 'fashion_items_clip', embeddingFunction }),
    dino: await client.getCollection({ name: 'fashion_items_dino', embeddingFunction }),
  }));
  const ask = async (space: keyof DualEmbedding, query: DualEmbedding): Promise<void> => {
    const queryEmbeddings = [[...query[space]]];
    await collections[space].query({ queryEmbeddings, nResults: NEIGHBOURS, include: ['distances'] });
  };
  return {
    ask: async (query) => {
      await Promise.all([ask('clip', query), ask('dino', query)]);
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
