import { EmbeddingPipeline, parseConfig } from '@fashionmatch/pipeline';

import { JsonFileStore } from './json-file-store.js';

// node examples/dist/embed-into-your-own-store.js FOLDER FILE.json: the pipeline, without Chroma.
const [folder = 'photos', file = 'store.json'] = process.argv.slice(2);

const store = await JsonFileStore.open({ clip: 512, dino: 384 }, file);
await using pipeline = await EmbeddingPipeline.create({
  config: parseConfig({ models: { clip_model: 'builtin/colour-layout', dino_model: 'builtin/structure' } }),
  customise: [{ replace: 'vectorStore', by: store }],
});
const { processedItems, skippedItems } = await pipeline.processReferences({ referenceDir: folder });
console.log(`${processedItems} embedded, ${skippedItems} unchanged, ${await store.count()} in ${file}`);
