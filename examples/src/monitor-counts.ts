import { EmbeddingPipeline, parseConfig } from '@fashionmatch/pipeline';

// node examples/dist/monitor-counts.js FOLDER BATCHES STORE: what a run adds.
const [referenceDir = 'photos', scrapedDir = 'data/scraped', store = 'data/chromadb'] = process.argv.slice(2);

const config = parseConfig({
  models: { clip_model: 'builtin/colour-layout', dino_model: 'builtin/structure' },
  database: { persist_directory: store },
});
await using pipeline = await EmbeddingPipeline.create({ config });

const before = await pipeline.vectorStore.count();
const { references, scraped } = await pipeline.processAll({ referenceDir, scrapedDir });
const after = await pipeline.vectorStore.count();
console.log(`${before} items before, ${after} after`);
for (const { source, processedItems, skippedItems, failedItems } of [references, scraped]) {
  console.log(`${source}: ${processedItems} processed, ${skippedItems} skipped, ${failedItems} failed`);
}
