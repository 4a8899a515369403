import { z } from 'zod';

import type { ChromaClient } from './chroma-client.js';
import type { ChromaMetadata, ChromaRecord } from '../chroma-record.js';

const URL = '/api/v2/tenants/{tenant}/databases/{database}/collections/{collection_id}/update';

/** What is to stand beside a vector; a document that is null leaves the one that is there. */
export type RowUpdate<Document extends string | null = string | null> = Omit<ChromaRecord, 'document'> & {
  readonly document: Document;
};

const apiClientSchema = z.object({
  post: z.custom<(request: object) => Promise<unknown>>((value) => typeof value === 'function'),
});

/**
 * Changes what stands beside the vectors of rows; those that are not there are left out in silence. The library's own
 * `update` makes a vector of each document that comes without one; the server takes the one without the other.
 */
export async function updateRecords(
  client: ChromaClient,
  collectionId: string,
  records: readonly RowUpdate[],
): Promise<void> {
  const { tenant, database } = client;
  const { post } = apiClientSchema.parse(Reflect.get(client, 'apiClient'));
  await post({ url: URL, path: { tenant, database, collection_id: collectionId }, body: inColumns(records) });
}

interface Columns<Document> {
  ids: string[];
  metadatas: ChromaMetadata[];
  documents: Document[];
}

export function inColumns<Document extends string | null>(records: readonly RowUpdate<Document>[]): Columns<Document> {
  return {
    ids: records.map(({ id }) => id),
    metadatas: records.map(({ metadata }) => ({ ...metadata })),
    documents: records.map(({ document }) => document),
  };
}
