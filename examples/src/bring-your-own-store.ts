import { collect } from '@fashionmatch/domain/testing';
import {
  connectEmbeddedChroma,
  openChromaVectorStore,
  openEmbeddedChroma,
  readCollectionsStatus,
} from '@fashionmatch/storage';

import { JsonFileStore } from './json-file-store.js';

// node examples/dist/bring-your-own-store.js DIRECTORY FILE.json: a store of your own takes over what is in Chroma.
// Needs @fashionmatch/domain and @fashionmatch/storage, nothing else.
const [persistDirectory = 'data/chromadb', file = 'store.json'] = process.argv.slice(2);
const collectionName = 'fashion_items';

await using chroma = await openEmbeddedChroma({ persistDirectory, access: 'read', logger: console });
const connection = await connectEmbeddedChroma(chroma);
const { clip, dino } = (await readCollectionsStatus(connection, collectionName)).collections;
if (!clip.encoder || !dino.encoder) throw new Error(`${persistDirectory} does not say which encoders wrote it`);
const encoders = { clip: clip.encoder, dino: dino.encoder };
await using stored = await openChromaVectorStore({
  connection,
  collectionName,
  encoders,
  create: false,
  logger: console,
});

const own = await JsonFileStore.open({ clip: clip.encoder.dimensions, dino: dino.encoder.dimensions }, file);
const items = await stored.getByIds(await collect(stored.getAllIds()));
const { successCount } = await own.upsert(items);
console.log(`${successCount} items taken over, ${await own.count()} in ${file}`);

for (const { item, embeddings } of items.slice(0, 1)) {
  const hits = await own.candidates({ space: 'clip', vector: embeddings.clip, topK: 3 });
  console.log(`most like ${item.itemId}: ${hits.map(({ itemId }) => itemId).join(', ')}`);
}
