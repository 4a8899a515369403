import { asOtherProgram, readRawCollections } from './raw-collections.js';

/** What the program that FashionMatch replaces left beside a vector: no keys of ours. */
const isTheirs = ([key]: readonly [string, unknown]): boolean => !key.startsWith('fm_');

export interface ForeignStore {
  readonly persistDirectory: string;
  /** Paths are written from here. */
  readonly workingDirectory: string;
  /** Gives each item the DINOv2 vector of the next, as if another model had made them. */
  readonly isMixedUp?: boolean;
}

/**
 * Writes the items of a store of ours into another folder, as the original program had them: two collections that do
 * not say whose vectors they are, with relative paths.
 */
export async function writeForeignStore(from: string, to: ForeignStore): Promise<void> {
  const { clip, dino } = await readRawCollections(from, 'fashion_items');
  const [first = [], ...others] = dino.embeddings;
  const rows = { clip, dino: to.isMixedUp ? { ...dino, embeddings: [...others, first] } : dino };
  await asOtherProgram(to.persistDirectory, async (client) => {
    for (const [space, { ids, embeddings, metadatas }] of Object.entries(rows)) {
      const name = `fashion_items_${space}`;
      const collection = await client.createCollection({
        name,
        metadata: { 'hnsw:space': 'cosine' },
        embeddingFunction: null,
      });
      const theirs = metadatas.map((metadata) => theirMetadata(metadata ?? {}, to.workingDirectory));
      await collection.add({ ids, embeddings, metadatas: theirs });
    }
  });
}

function theirMetadata(metadata: Record<string, unknown>, workingDirectory: string): Record<string, string | number> {
  const here = `${workingDirectory}/`;
  return Object.fromEntries(
    Object.entries(metadata)
      .filter(isTheirs)
      .map(([key, value]) => [key, typeof value === 'number' ? value : String(value).replace(here, '')]),
  );
}
