import { connectEmbeddedChroma, openEmbeddedChroma } from '@fashionmatch/storage';
import { RecordingLogger } from '@fashionmatch/domain/testing';

export interface RawCollection {
  readonly ids: string[];
  readonly embeddings: number[][];
  readonly metadatas: (Record<string, unknown> | null)[];
}

/** What the two collections hold, read as any other Chroma client would read them. */
export async function readRawCollections(
  persistDirectory: string,
  collectionName: string,
): Promise<{ clip: RawCollection; dino: RawCollection }> {
  await using chroma = await openEmbeddedChroma({ persistDirectory, access: 'read', logger: new RecordingLogger() });
  const { request } = await connectEmbeddedChroma(chroma);
  const read = async (suffix: string): Promise<RawCollection> =>
    request(async (client) => {
      const collection = await client.getCollection({ name: `${collectionName}_${suffix}` });
      const { ids, embeddings, metadatas } = await collection.get({
        include: ['embeddings', 'metadatas'],
        limit: 5000,
      });
      const order = ids.map((_, i) => i).sort((a, b) => ((ids[a] ?? '') < (ids[b] ?? '') ? -1 : 1));
      return {
        ids: order.map((i) => ids[i] ?? ''),
        embeddings: order.map((i) => [...(embeddings[i] ?? [])]),
        metadatas: order.map((i) => metadatas[i] ?? null),
      };
    });
  return { clip: await read('clip'), dino: await read('dino') };
}
