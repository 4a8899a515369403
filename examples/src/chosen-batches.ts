import { EmbeddingPipeline, parseConfig } from '@fashionmatch/pipeline';
import { scrapedBatches } from '@fashionmatch/storage';
import type { SourceItem } from '@fashionmatch/domain';

// node examples/dist/chosen-batches.js BATCHES STORE MAX_PRICE: embeds only what is cheap enough.
const [directory = 'data/scraped', store = 'data/chromadb', maxPrice = '50'] = process.argv.slice(2);

const config = parseConfig({
  models: { clip_model: 'builtin/colour-layout', dino_model: 'builtin/structure' },
  database: { persist_directory: store },
});
await using pipeline = await EmbeddingPipeline.create({ config });

const source = scrapedBatches({
  directory,
  workingDirectory: process.cwd(),
  maxFileBytes: config.limits.maxFileBytes,
  logger: { debug: () => undefined, info: () => undefined, warn: console.warn, error: console.error },
});
const chosen: SourceItem[] = [];
for await (const entry of source.list()) {
  if (entry.kind === 'item' && entry.metadata.price <= Number(maxPrice)) chosen.push(entry);
}
const { processedItems, skippedItems } = await pipeline.encodeAndStoreBatch(chosen, source);
console.log(`${chosen.length} chosen: ${processedItems} embedded, ${skippedItems} unchanged`);
