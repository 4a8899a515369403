import { EmbeddingPipeline, parseConfig } from '@fashionmatch/pipeline';

// node examples/dist/embed-a-folder.js FOLDER STORE
const [folder = 'photos', store = 'data/chromadb'] = process.argv.slice(2);

const config = parseConfig({
  // No download needed. For embeddings that know what they see, leave out both: CLIP and DINOv2 are the defaults.
  models: { clip_model: 'builtin/colour-layout', dino_model: 'builtin/structure' },
  database: { persist_directory: store },
});

await using pipeline = await EmbeddingPipeline.create({ config });
const { processedItems, skippedItems, failedItems } = await pipeline.processReferences({ referenceDir: folder });
for (const { path, reason } of pipeline.failures) console.log(`${path}: ${reason}`);
console.log(`${processedItems} embedded, ${skippedItems} unchanged, ${failedItems} failed`);
