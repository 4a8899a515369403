import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { normalise, perSpace, type EmbeddedItem, type StoreEngine, type VectorStore } from '@fashionmatch/domain';

import { checked, fine, type Finding } from './finding.js';

const DIMENSIONS = { clip: 512, dino: 384 };
const ENCODERS = perSpace((space) => ({ id: `doctor-${space}`, dimensions: DIMENSIONS[space] }));

/** Writes, reads, finds and deletes items in a real embedded store, in a temporary folder. */
export function roundTripFinding(trialStore: (folder: string) => StoreEngine): Promise<Finding> {
  return checked(
    'store round trip',
    async () => {
      const startedAt = performance.now();
      const folder = await mkdtemp(join(tmpdir(), 'fashionmatch-doctor-'));
      try {
        await using engine = trialStore(folder);
        await useStore(await engine.open(ENCODERS));
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      return fine('store round trip', `An embedded Chroma server wrote, read, found and deleted items in ${seconds} s`);
    },
    'Use a Chroma server of your own (database.host), or another system; see the README on Chroma.',
  );
}

async function useStore(store: VectorStore): Promise<void> {
  const items = [1, 2, 3].map(plainItem);
  await store.upsert(items);
  const [, second] = items;
  if (second === undefined) throw new RangeError('There is no second item.');
  const [read] = await store.getByIds([second.item.itemId]);
  const [nearest] = await store.candidates({ space: 'clip', vector: second.embeddings.clip, topK: 1 });
  if (read?.item.title !== second.item.title || nearest?.itemId !== second.item.itemId) {
    throw new Error('The store gives back something else than was written.');
  }
  await store.delete(items.map(({ item }) => item.itemId));
  if ((await store.count()) !== 0) throw new Error('The store keeps what was deleted.');
}

function plainItem(number: number): EmbeddedItem {
  return {
    item: {
      itemId: `doctor-${String(number)}`,
      title: `Item ${String(number)}`,
      price: number,
      currency: 'EUR',
      description: '',
      brand: '',
      size: '',
      condition: '',
      imageUrl: '',
      url: '',
      category: '',
      sellerId: '',
      scrapedAt: '',
      localImagePath: '',
    },
    provenance: { source: 'references', filePath: '', fileSize: 0, fileMtimeMs: 0, contentSha256: '0'.repeat(64) },
    embeddings: perSpace((space) =>
      normalise(Float32Array.from({ length: DIMENSIONS[space] }, (_, i) => Math.sin((i + 1) * number))),
    ),
  };
}
