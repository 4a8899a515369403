import {
  EMBEDDING_SPACES,
  EmbeddingDimensionError,
  lengthOf,
  MAX_ID_LENGTH,
  normalise,
  perSpace,
  reasonOf,
  UNIT_LENGTH_TOLERANCE,
  type ArchiveEntry,
  type ArchiveVectors,
  type PerSpace,
} from '@fashionmatch/domain';
import { z } from 'zod';

import { parseItemRecord } from '../item-record.js';
import { checkVector } from '../vector-checks.js';

/** How far from 1 a length may be for the vector to be made one of length 1: half precision takes a part in 2,000. */
const NORMALISED_WITHIN = 1e-3;

const identitySchema = z.object({
  item_id: z.union([z.string(), z.int().transform(String)]).pipe(z.string().min(1).max(MAX_ID_LENGTH)),
  // What the vectors were made from: without it they would be made again.
  fm_content_sha256: z
    .string()
    .regex(/^(?:[0-9a-f]{64})?$/, 'is no SHA-256 in lower-case hex')
    .default(''),
});

/** A row as it was read; nothing of it is trusted. */
export interface ArchiveRow {
  /** From 1. */
  readonly row: number;
  /** By the keys of `STORED_FIELDS`; undefined when they cannot be read. */
  readonly fields: unknown;
  /** Null where there is none, undefined where it is no list of numbers. */
  readonly vectors: PerSpace<Float32Array | null | undefined>;
}

/** What a row comes to. */
export function toArchiveEntry(
  { row, fields: read, vectors }: ArchiveRow,
  dimensions: PerSpace<{ readonly dimensions: number }>,
): ArchiveEntry {
  const fields = withoutNulls(read);
  const identity = identitySchema.safeParse(fields);
  if (!identity.success) {
    const [issue] = identity.error.issues;
    const [field] = issue?.path ?? [];
    const reason = field === undefined ? 'the row cannot be read' : `${String(field)}: ${issue?.message ?? ''}`;
    return { kind: 'fault', row, itemId: idIn(fields), reason };
  }
  const { item_id: itemId } = identity.data;
  const fault = (reason: string): ArchiveEntry => ({ kind: 'fault', row, itemId, reason });
  const stored = parseItemRecord(itemId, fields);
  if ('refusal' in stored) return fault(stored.refusal);
  const { clip, dino } = vectors;
  if (clip === undefined || dino === undefined) return fault('it has not two vectors of numbers');
  if (clip === null && dino === null) return fault('it has no vector');
  const embeddings: ArchiveVectors = perSpace((space) => {
    const vector = vectors[space];
    return vector ? ofUnitLength(vector) : undefined;
  });
  try {
    for (const space of EMBEDDING_SPACES) {
      const vector = embeddings[space];
      if (vector) checkVector(vector, space, dimensions, itemId);
    }
  } catch (error) {
    if (!(error instanceof EmbeddingDimensionError)) throw error;
    return fault(error.message);
  }
  return { kind: 'item', row, item: { ...stored, embeddings } };
}

/** What is as long as it should be stays as it is, to the last bit. */
function ofUnitLength(vector: Float32Array): Float32Array {
  const off = Math.abs(lengthOf(vector) - 1);
  return off > UNIT_LENGTH_TOLERANCE && off <= NORMALISED_WITHIN ? normalise(vector) : vector;
}

/** What a table has no value for is as if it had no column. */
function withoutNulls(fields: unknown): unknown {
  if (typeof fields !== 'object' || fields === null) return fields;
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

function idIn(fields: unknown): string {
  const id = z.object({ item_id: z.string() }).safeParse(fields);
  return id.success ? reasonOf(id.data.item_id) : '';
}
