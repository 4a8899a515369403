import { z } from 'zod';

/** A part of the product to be timed in a process of its own. */
export const partJobSchema = z.object({
  /**
   * `fill`: storing the items that are not stored yet. `discover`: listing the photographs. `search`: one query of
   * random vectors, with the server and its index warm; the median of many.
   */
  name: z.enum(['fill', 'discover', 'search']),
  directory: z.string(),
  items: z.int().positive(),
});
export type PartJob = z.infer<typeof partJobSchema>;

export const partTimeSchema = z.object({
  seconds: z.number(),
  /** Of a search: what the queries that it makes take when they are made alone. */
  rawSeconds: z.number().optional(),
});
export type PartTime = z.infer<typeof partTimeSchema>;
