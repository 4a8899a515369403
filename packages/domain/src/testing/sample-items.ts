import { normalise, perSpace, type DualEmbedding, type PerSpace } from '../embedding.js';
import type { EmbeddedItem, FashionItem, Provenance } from '../fashion-item.js';
import { seededRandom } from '../seeded-random.js';

export { seededRandom } from '../seeded-random.js';

export function randomUnitVector(dimensions: number, random: () => number): Float32Array {
  return normalise(Float32Array.from({ length: dimensions }, () => random() * 2 - 1));
}

export function randomEmbedding(dimensions: PerSpace<number>, random: () => number): DualEmbedding {
  return perSpace((space) => randomUnitVector(dimensions[space], random));
}

/** An item with every field filled in, so that a lost field is noticed. */
export function sampleItem(
  itemId: string,
  dimensions: PerSpace<number>,
  changes: { item?: Partial<FashionItem>; provenance?: Partial<Provenance>; seed?: number } = {},
): EmbeddedItem {
  const seed = changes.seed ?? [...itemId].reduce((sum, char) => Math.imul(sum, 31) + (char.codePointAt(0) ?? 0), 7);
  return {
    item: {
      itemId,
      title: `Wool coat ${itemId}`,
      price: 24.5,
      currency: 'EUR',
      description: 'Warm, hardly worn',
      brand: 'Arket',
      size: 'M',
      condition: 'Very good',
      imageUrl: `https://images.example/${itemId}.jpg`,
      url: `https://shop.example/${itemId}`,
      category: 'women-coats',
      sellerId: 'seller-7',
      scrapedAt: '2025-01-15T14:30:22.000Z',
      localImagePath: `images/${itemId}/0.jpg`,
      ...changes.item,
    },
    provenance: {
      source: 'scraped',
      filePath: `/data/scraped/images/${itemId}/0.jpg`,
      fileSize: 123_456,
      fileMtimeMs: 1_736_951_422_123.5,
      contentSha256: 'ab'.repeat(32),
      ...changes.provenance,
    },
    embeddings: randomEmbedding(dimensions, seededRandom(seed)),
  };
}
