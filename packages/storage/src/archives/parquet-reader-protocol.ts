import { z } from 'zod';

/** A list of numbers; null where there is none, undefined for something else. */
const vectorSchema = z.instanceof(Float32Array).nullish();

/** One row: its vectors, its other columns by name. */
const rowSchema = z.object({
  fields: z.record(z.string(), z.unknown()),
  clip: vectorSchema,
  dino: vectorSchema,
});

/** What the reader's process answers: at first what it has opened, then part after part. */
export const replySchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('opened'),
    /** How many rows each part has. */
    parts: z.array(z.int().min(0)),
    /** The columns that it has, of those that are read. */
    columns: z.array(z.string()),
    /** What the archive says of itself. */
    document: z.string().optional(),
  }),
  z.object({ kind: z.literal('part'), rows: z.array(rowSchema) }),
  z.object({ kind: z.literal('fault'), reason: z.string() }),
]);

export type ParquetReply = z.infer<typeof replySchema>;

export type ParquetRow = z.infer<typeof rowSchema>;
