import { z } from 'zod';

/** One row: its vectors where they are lists of numbers, its other columns by name. */
const rowSchema = z.object({
  fields: z.record(z.string(), z.unknown()),
  clip: z.instanceof(Float32Array).optional(),
  dino: z.instanceof(Float32Array).optional(),
});

/** What the reader's process answers: at first what it has opened, then group after group. */
export const replySchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('opened'),
    /** How many rows each group has. */
    groups: z.array(z.int().min(0)),
    /** What the archive says of itself. */
    document: z.string().optional(),
  }),
  z.object({ kind: z.literal('group'), rows: z.array(rowSchema) }),
  z.object({ kind: z.literal('fault'), reason: z.string() }),
]);

export type ParquetReply = z.infer<typeof replySchema>;

export type ParquetRow = z.infer<typeof rowSchema>;
