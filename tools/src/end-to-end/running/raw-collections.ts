import { connectEmbeddedChroma, openEmbeddedChroma, type ChromaConnection } from '@fashionmatch/storage';
import { RecordingLogger } from '@fashionmatch/domain/testing';

export interface RawCollection {
  readonly ids: string[];
  readonly embeddings: number[][];
  readonly metadatas: (Record<string, unknown> | null)[];
}

/** Records a call; a server refuses some tens of thousands. */
const PAGE = 1000;

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
      const records: { id: string; embedding: number[]; metadata: Record<string, unknown> | null }[] = [];
      for (;;) {
        const page = await collection.get({
          include: ['embeddings', 'metadatas'],
          limit: PAGE,
          offset: records.length,
        });
        if (page.ids.length === 0) break;
        for (const [i, id] of page.ids.entries()) {
          records.push({ id, embedding: [...(page.embeddings[i] ?? [])], metadata: page.metadatas[i] ?? null });
        }
      }
      records.sort((a, b) => (a.id < b.id ? -1 : 1));
      return {
        ids: records.map(({ id }) => id),
        embeddings: records.map(({ embedding }) => embedding),
        metadatas: records.map(({ metadata }) => metadata),
      };
    });
  return { clip: await read('clip'), dino: await read('dino') };
}

export type RawClient = Parameters<Parameters<ChromaConnection['request']>[0]>[0];

/** Lets a Chroma client loose on a store that nobody has open: past all that keeps the two collections in step. */
export async function asOtherProgram(
  persistDirectory: string,
  use: (client: RawClient) => Promise<void>,
): Promise<void> {
  await using server = await openEmbeddedChroma({ persistDirectory, logger: new RecordingLogger() });
  const { request } = await connectEmbeddedChroma(server);
  await request(use);
}

/** What such a program does to some items of one collection, such as `fashion_items_clip`. */
export async function deleteHalves(persistDirectory: string, name: string, ids: readonly string[]): Promise<void> {
  await asOtherProgram(persistDirectory, async (client) => {
    const collection = await client.getCollection({ name });
    await collection.delete({ ids: [...ids] });
  });
}
