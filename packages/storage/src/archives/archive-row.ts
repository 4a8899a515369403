import {
  EMBEDDING_SPACES,
  EmbeddingDimensionError,
  MAX_ID_LENGTH,
  reasonOf,
  type ArchiveEntry,
  type EncoderFingerprint,
  type PerSpace,
} from '@fashionmatch/domain';
import { z } from 'zod';

import { parseItemRecord } from '../item-record.js';
import { checkVector } from '../vector-checks.js';

const identitySchema = z.object({
  item_id: z.string().min(1).max(MAX_ID_LENGTH),
  // What the vectors were made from: without it they would be made again.
  fm_content_sha256: z.string().regex(/^[0-9a-f]{64}$/, 'is no SHA-256 in lower-case hex'),
});

/**
 * What a row comes to; nothing of it is trusted.
 *
 * @param fields by the keys of `STORED_FIELDS`; undefined when they cannot be read.
 * @param vectors undefined where they are no lists of numbers.
 */
export function toArchiveEntry(
  row: number,
  fields: unknown,
  { clip, dino }: PerSpace<Float32Array | undefined>,
  encoders: PerSpace<EncoderFingerprint>,
): ArchiveEntry {
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
  if (clip === undefined || dino === undefined) return fault('it has not two vectors of numbers');
  const embeddings = { clip, dino };
  try {
    for (const space of EMBEDDING_SPACES) checkVector(embeddings[space], space, encoders, itemId);
  } catch (error) {
    if (!(error instanceof EmbeddingDimensionError)) throw error;
    return fault(error.message);
  }
  return { kind: 'item', row, item: { ...stored, embeddings } };
}

function idIn(fields: unknown): string {
  const id = z.object({ item_id: z.string() }).safeParse(fields);
  return id.success ? reasonOf(id.data.item_id) : '';
}
