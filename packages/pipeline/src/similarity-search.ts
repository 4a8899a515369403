import {
  fuse,
  fusedSearch,
  ItemNotFoundError,
  normaliseWeights,
  type DualEmbedding,
  type FashionItem,
  type FusedHit,
  type FusionWeights,
  type ImageDecoder,
  type MetadataFilter,
  type VectorStore,
} from '@fashionmatch/domain';

import type { PipelineDependencies, SourceFactory } from './dependencies.js';
import { scanAll } from './full-scan.js';
import type { HybridScorer } from './hybrid-scorer.js';

const DEFAULT_TOP_K = 10;

export interface SearchOptions {
  /** 10 when not given. */
  readonly topK?: number | undefined;
  /** The configuration's when not given. */
  readonly weights?: FusionWeights | undefined;
  readonly filter?: MetadataFilter | undefined;
  /** Hits below this fused score are left out. */
  readonly minScore?: number | undefined;
  /** Looks at every stored item instead of asking the store's approximate index: slow, and certain. */
  readonly exact?: boolean | undefined;
}

/** A look-alike, with its item. */
export interface SearchResult extends FusedHit {
  readonly item: FashionItem;
}

/** Finds the items that look most like an image. */
export class SimilaritySearch {
  readonly #store: VectorStore;
  readonly #decoder: ImageDecoder;
  readonly #scorer: HybridScorer;
  readonly #sources: Pick<SourceFactory, 'readImage'>;

  constructor(dependencies: Pick<PipelineDependencies, 'vectorStore' | 'decoder' | 'scorer' | 'sources'>) {
    this.#sources = dependencies.sources;
    this.#store = dependencies.vectorStore;
    this.#decoder = dependencies.decoder;
    this.#scorer = dependencies.scorer;
  }

  /** @throws ItemError when the file cannot be read, or is no image. */
  async byFile(path: string, options: SearchOptions = {}): Promise<SearchResult[]> {
    return this.byImage(await this.#sources.readImage(path), options);
  }

  /** @throws ItemError when the bytes are no readable image. */
  async byImage(bytes: Uint8Array, options: SearchOptions = {}): Promise<SearchResult[]> {
    const [query] = await this.#scorer.encodeDual([await this.#decoder.decode(bytes)]);
    return query ? this.byEmbedding(query, options) : [];
  }

  /** The look-alikes of a stored item, without the item itself. @throws ItemNotFoundError */
  async byId(itemId: string, options: SearchOptions = {}): Promise<SearchResult[]> {
    const [stored] = await this.#store.getByIds([itemId]);
    if (!stored) throw new ItemNotFoundError([itemId]);
    const topK = options.topK ?? DEFAULT_TOP_K;
    const results = await this.byEmbedding(stored.embeddings, { ...options, topK: topK + 1 });
    return results.filter((result) => result.itemId !== itemId).slice(0, topK);
  }

  /** Best first. Both scores of every hit are its true cosine similarities. */
  async byEmbedding(query: DualEmbedding, options: SearchOptions = {}): Promise<SearchResult[]> {
    const { topK = DEFAULT_TOP_K, filter, minScore = -1, exact = false } = options;
    const weights = options.weights ? normaliseWeights(options.weights) : this.#scorer.weights;
    const find = exact ? scanAll : searchIndex;
    const results = await find(this.#store, query, { topK, weights, filter });
    return results.filter(({ similarityScore }) => similarityScore >= minScore);
  }
}

async function searchIndex(
  store: VectorStore,
  query: DualEmbedding,
  { topK, weights, filter }: ScanOptions,
): Promise<SearchResult[]> {
  const items = new Map<string, FashionItem>();
  const hits = await fusedSearch(
    {
      nearest: (space, width) => store.search({ space, vector: query[space], topK: width, filter }),
      score: async (itemIds) => {
        const stored = await store.getByIds(itemIds);
        for (const { item } of stored) items.set(item.itemId, item);
        return stored.map(({ item, embeddings }) => fuse(item.itemId, query, embeddings, weights));
      },
    },
    weights,
    topK,
  );
  return hits.flatMap((hit) => {
    const item = items.get(hit.itemId);
    return item ? [{ ...hit, item }] : [];
  });
}
