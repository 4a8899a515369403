import {
  CollectionError,
  EMBEDDING_SPACES,
  perSpaceAsync,
  reasonOf,
  waysToUse,
  type EmbeddingSpace,
  type EncoderFingerprint,
  type Logger,
  type PerSpace,
} from '@fashionmatch/domain';
import { z } from 'zod';

import { ChromaCollection } from './chroma-collection.js';
import { comparesByCosine } from './compares-by-cosine.js';
import type { ChromaConnection } from './connection/chroma-connection.js';

export interface CollectionPairOptions {
  readonly connection: ChromaConnection;
  /** The collections are `{collectionName}_clip` and `{collectionName}_dino`. */
  readonly collectionName: string;
  readonly encoders: PerSpace<EncoderFingerprint>;
  readonly logger: Logger;
  /** Whether what another program made is about to be taken over: nobody is warned of it then. */
  readonly adopting?: boolean | undefined;
}

export type CollectionPair = PerSpace<ChromaCollection>;

/** Which form the records have; higher numbers are a later FashionMatch's. */
const SCHEMA_VERSION = 1;

/** What a collection says of itself; written when it is made. */
const fingerprintSchema = z.object({
  fm_encoder_id: z.string(),
  fm_dimensions: z.number(),
  fm_schema_version: z.number(),
});

/**
 * The two collections, if both are there.
 *
 * @throws CollectionError `ENCODER_MISMATCH` when one holds vectors of another encoder.
 */
export async function findCollectionPair(options: CollectionPairOptions): Promise<CollectionPair | undefined> {
  const dino = await findCollection('dino', options);
  const clip = await findCollection('clip', options);
  return dino && clip && { clip, dino };
}

/** Whether there is anything to be found, whoever's vectors it has. */
export async function holdsItems(connection: ChromaConnection | undefined, collectionName: string): Promise<boolean> {
  const clip = connection && (await ChromaCollection.find(connection, nameOf({ collectionName }, 'clip')));
  return clip !== undefined && (await clip.count()) > 0;
}

/** Removes both, whoever's vectors they have. Items are visible while they are in both, so they vanish with the first. */
export async function dropCollections(connection: ChromaConnection, collectionName: string): Promise<void> {
  for (const space of EMBEDDING_SPACES) {
    await (await ChromaCollection.find(connection, nameOf({ collectionName }, space)))?.drop();
  }
}

/** @throws CollectionError as {@link findCollectionPair} does. */
export async function findCollection(
  space: EmbeddingSpace,
  options: CollectionPairOptions,
): Promise<ChromaCollection | undefined> {
  const collection = await ChromaCollection.find(options.connection, nameOf(options, space));
  if (collection === undefined || (await isUnused(collection))) return undefined;
  await checkForReading(collection, space, options);
  return collection;
}

/**
 * The two collections, made where they are not there yet.
 *
 * @throws CollectionError `ENCODER_MISMATCH` when one holds vectors of another encoder, or of one unknown.
 */
export async function ensureCollectionPair(options: CollectionPairOptions): Promise<CollectionPair> {
  for (const space of EMBEDDING_SPACES) {
    const collection = await ChromaCollection.find(options.connection, nameOf(options, space));
    if (collection !== undefined && (await isUnused(collection))) await collection.drop();
  }
  return { dino: await ensure('dino', options), clip: await ensure('clip', options) };
}

/** Two new collections in place of whatever is there, a broken index and another encoder's vectors included. */
export async function replaceCollectionPair(options: CollectionPairOptions): Promise<CollectionPair> {
  await dropCollections(options.connection, options.collectionName);
  return ensureCollectionPair(options);
}

/** One new collection in place of whatever is there, as {@link replaceCollectionPair} makes two. */
export async function replaceCollection(
  space: EmbeddingSpace,
  options: CollectionPairOptions,
): Promise<ChromaCollection> {
  await dropCollection(space, options);
  return ensure(space, options);
}

/** Which of the ids are stored whole. */
export async function inBoth(pair: CollectionPair, ids: readonly string[]): Promise<Set<string>> {
  const { clip, dino } = await perSpaceAsync((space) => pair[space].present(ids));
  return new Set([...clip].filter((id) => dino.has(id)));
}

async function ensure(space: EmbeddingSpace, options: CollectionPairOptions): Promise<ChromaCollection> {
  const collection = await makeCollection(nameOf(options, space), options.encoders[space], options.connection);
  if (!isOurs(collection)) {
    throw mismatch(collection, space, undefined, options.encoders[space]);
  }
  await checkOurs(collection, space, options.encoders[space]);
  return collection;
}

/** A collection as this program makes it, which says whose vectors it has; the one of that name where there is one. */
export function makeCollection(
  name: string,
  { id, dimensions }: EncoderFingerprint,
  connection: ChromaConnection,
): Promise<ChromaCollection> {
  return ChromaCollection.findOrCreate(connection, name, {
    fm_encoder_id: id,
    fm_dimensions: dimensions,
    fm_schema_version: SCHEMA_VERSION,
  } satisfies z.input<typeof fingerprintSchema>);
}

async function checkForReading(
  collection: ChromaCollection,
  space: EmbeddingSpace,
  { encoders, logger, adopting = false }: CollectionPairOptions,
): Promise<void> {
  if (isOurs(collection)) {
    await checkOurs(collection, space, encoders[space]);
    return;
  }
  await checkDistance(collection);
  const [first] = await collection.ids(0, 1);
  if (first === undefined) return;
  const dimensions = (await collection.getByIds([first])).get(first)?.vector.length ?? 0;
  if (dimensions !== encoders[space].dimensions) {
    throw mismatch(collection, space, { id: undefined, dimensions }, encoders[space]);
  }
  if (adopting) return;
  logger.warn(
    'The collection does not say which encoder made it: scores are right only if it was the configured one, which ' +
      '`fashionmatch adopt` finds out',
    { collection: collection.name, configured: encoders[space].id },
  );
}

async function checkOurs(
  collection: ChromaCollection,
  space: EmbeddingSpace,
  encoder: EncoderFingerprint,
): Promise<void> {
  const { fm_encoder_id, fm_dimensions, fm_schema_version } = fingerprintSchema.parse(collection.metadata);
  if (fm_schema_version > SCHEMA_VERSION) {
    throw new CollectionError(
      'STORE_FAILED',
      `The collection ${collection.name} was written by a later FashionMatch: upgrade this one, or choose another database.collection_name`,
    );
  }
  if (fm_encoder_id !== encoder.id || fm_dimensions !== encoder.dimensions) {
    throw mismatch(collection, space, { id: fm_encoder_id, dimensions: fm_dimensions }, encoder);
  }
  await checkDistance(collection);
}

async function checkDistance(collection: ChromaCollection): Promise<void> {
  if (await comparesByCosine(collection)) return;
  const { name, distance = 'an unknown distance' } = collection;
  throw new CollectionError(
    'STORE_FAILED',
    `The collection ${name} does not compare by cosine (its server says ${distance}): choose another database.collection_name`,
  );
}

function mismatch(
  { name }: ChromaCollection,
  space: EmbeddingSpace,
  writer: { readonly id: string | undefined; readonly dimensions: number } | undefined,
  encoder: EncoderFingerprint,
): CollectionError {
  const ways = [
    ...(writer?.id === undefined ? ['run `fashionmatch adopt` to take them over if they are of that encoder'] : []),
    'keep both side by side with `fashionmatch embed --generation NAME`',
    'choose another database.collection_name',
    'run `fashionmatch embed --force` to replace them',
  ];
  const named = ({ id, dimensions }: NonNullable<typeof writer>): string =>
    `${id === undefined ? 'an encoder' : reasonOf(id)} (${String(dimensions)} dimensions)`;
  return new CollectionError(
    'ENCODER_MISMATCH',
    `The collection ${name} holds vectors of ${writer ? named(writer) : 'an encoder that it does not name'}, ` +
      `but ${named(encoder)} is configured: ${waysToUse(writer?.id, space, encoder, ways)}`,
  );
}

/** Made by another program and never used: it may have our index and fingerprint instead. */
async function isUnused(collection: ChromaCollection): Promise<boolean> {
  return !isOurs(collection) && (await collection.count()) === 0;
}

/** Which encoder's vectors the collection says it has; undefined when it does not say. */
export function fingerprintOf({ metadata }: ChromaCollection): EncoderFingerprint | undefined {
  const { data } = fingerprintSchema.safeParse(metadata);
  return data && { id: data.fm_encoder_id, dimensions: data.fm_dimensions };
}

/** Whether it says whose vectors it has. */
export function isOurs(collection: ChromaCollection): boolean {
  return fingerprintOf(collection) !== undefined;
}

async function dropCollection(space: EmbeddingSpace, options: CollectionPairOptions): Promise<void> {
  await (await ChromaCollection.find(options.connection, nameOf(options, space)))?.drop();
}

export const nameOf = (
  { collectionName }: Pick<CollectionPairOptions, 'collectionName'>,
  space: EmbeddingSpace,
): string => `${collectionName}_${space}`;
