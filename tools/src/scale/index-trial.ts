import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { RecordingLogger } from '@fashionmatch/domain/testing';
import { connectEmbeddedChroma, openEmbeddedChroma } from '@fashionmatch/storage';

import { medianOf } from './median.js';

/** The three numbers that decide how carefully Chroma makes an index (HNSW), and how widely it searches it. */
export interface IndexBreadth {
  readonly max_neighbors: number;
  readonly ef_construction: number;
  readonly ef_search: number;
}

export interface IndexTrial {
  /** To store all vectors. */
  readonly seconds: number;
  /** What part of the true neighbours the index finds: 1 for all. */
  readonly recall: number;
  /** Median time of a query, in milliseconds. */
  readonly queryMs: number;
}

const ROWS_PER_UPSERT = 500;

/** Stores the vectors in a collection of their own, and asks it for the nearest of each query. */
export async function tryIndex(
  breadth: IndexBreadth,
  vectors: readonly Float32Array[],
  queries: readonly { readonly vector: Float32Array; readonly nearest: ReadonlySet<string> }[],
): Promise<IndexTrial> {
  const persistDirectory = await mkdtemp(join(tmpdir(), 'fashionmatch-index-'));
  try {
    await using server = await openEmbeddedChroma({ persistDirectory, logger: new RecordingLogger() });
    const { request } = await connectEmbeddedChroma(server);
    const configuration = { hnsw: { space: 'cosine', ...breadth } } as const;
    // Named in each request, for a request's client lives no longer than its deadline.
    const { id } = await request((client) =>
      client.createCollection({ name: 'trial', configuration, embeddingFunction: null }),
    );
    const startedAt = performance.now();
    for (let first = 0; first < vectors.length; first += ROWS_PER_UPSERT) {
      const rows = vectors.slice(first, first + ROWS_PER_UPSERT);
      const ids = rows.map((_, i) => String(first + i));
      await request((client) => client.collection(id).upsert({ ids, embeddings: rows.map((vector) => [...vector]) }));
    }
    const seconds = (performance.now() - startedAt) / 1000;

    let [found, asked] = [0, 0];
    const times: number[] = [];
    for (const { vector, nearest } of queries) {
      const queriedAt = performance.now();
      const query = { queryEmbeddings: [[...vector]], nResults: nearest.size, include: ['distances' as const] };
      const result = await request((client) => client.collection(id).query(query));
      times.push(performance.now() - queriedAt);
      found += (result.ids[0] ?? []).filter((id) => nearest.has(id)).length;
      asked += nearest.size;
    }
    return { seconds, recall: found / asked, queryMs: medianOf(times) };
  } finally {
    await rm(persistDirectory, { recursive: true });
  }
}
