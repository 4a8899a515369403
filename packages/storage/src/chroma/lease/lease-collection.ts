import { CollectionError } from '@fashionmatch/domain';
import { z } from 'zod';

import type { Collection } from '../connection/chroma-client.js';
import { NO_TEXTS } from '../chroma-collection.js';
import type { ChromaConnection } from '../connection/chroma-connection.js';
import { ChromaConflict, ChromaNotFound } from '../connection/chroma-faults.js';
import { holderSchema, type StoreHolder } from '../../chroma-server/store-holder.js';

/** A lease as its holder makes it. */
export interface Lease {
  readonly collectionName: string;
  readonly holder: StoreHolder;
  /** Known to its holder alone before it is made: tells its lease from another's. */
  readonly token: string;
}

/** A lease as it stands on the server. */
export interface FoundLease extends Lease {
  readonly renewals: number;
}

const holderText = z.string().transform((text, context): StoreHolder => {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    context.addIssue('names no holder');
    return z.NEVER;
  }
});

/** What the collection says of itself; rows it has none. */
const leaseSchema = z.object({ fm_writer: holderText, fm_token: z.string(), fm_renewals: z.int() });

/** @throws CollectionError when a collection of the lease's name is somebody else's. */
export async function readLease(
  { request }: ChromaConnection,
  collectionName: string,
): Promise<FoundLease | undefined> {
  const found = await request((client) => client.getCollection(named(collectionName))).catch(unlessMissing);
  return found && toLease(found, collectionName);
}

/** @returns false when another one is there, for the server makes one of a name once. */
export async function createLease(connection: ChromaConnection, lease: Lease): Promise<boolean> {
  const { name } = named(lease.collectionName);
  try {
    await connection.request((client) =>
      client.createCollection({ name, metadata: metadataOf(lease, 0), embeddingFunction: null }),
    );
    return true;
  } catch (thrown) {
    if (!(thrown instanceof ChromaConflict)) throw thrown;
    // When the answer to a first request was lost, it is our own that is in the way.
    const found = await readLease(connection, lease.collectionName);
    return found?.token === lease.token;
  }
}

/** Shows that the holder of a lease lives. @returns the lease that stands there, which is left alone when another's. */
export async function renewLease(
  { request }: ChromaConnection,
  lease: Lease,
  renewals: number,
): Promise<FoundLease | undefined> {
  return request(async (client) => {
    const collection = await client.getCollection(named(lease.collectionName));
    const found = toLease(collection, lease.collectionName);
    if (found.token === lease.token) await collection.modify({ metadata: metadataOf(lease, renewals) });
    return found;
  }).catch(unlessMissing);
}

/**
 * Ends a lease, and no other that was made in its place meanwhile: Chroma deletes by name but renames by id, so it
 * gets a name of its own first.
 */
export async function endLease(
  { request }: ChromaConnection,
  { collectionName, token }: Pick<Lease, 'collectionName' | 'token'>,
): Promise<void> {
  const ended = `fashionmatch_ended_${token}`;
  await request(async (client) => {
    const collection = await client.getCollection(named(collectionName));
    if (toLease(collection, collectionName).token === token) await collection.modify({ name: ended });
  }).catch(unlessMissing);
  await request((client) => client.deleteCollection({ name: ended })).catch(unlessMissing);
}

/** Beside `{collectionName}_clip` and `{collectionName}_dino`, while somebody writes to them. */
const named = (collectionName: string) => ({ name: `${collectionName}_writer`, embeddingFunction: NO_TEXTS });

function metadataOf({ holder, token }: Lease, renewals: number): z.input<typeof leaseSchema> {
  return { fm_writer: JSON.stringify(holder), fm_token: token, fm_renewals: renewals };
}

function toLease({ name, metadata }: Collection, collectionName: string): FoundLease {
  const { data } = leaseSchema.safeParse(metadata);
  if (data !== undefined) {
    return { collectionName, holder: data.fm_writer, token: data.fm_token, renewals: data.fm_renewals };
  }
  throw new CollectionError(
    'STORE_FAILED',
    `The collection ${name}, whose name FashionMatch needs while it writes, is another program's: choose another database.collection_name`,
  );
}

function unlessMissing(thrown: unknown): undefined {
  if (!(thrown instanceof ChromaNotFound)) throw thrown;
}
