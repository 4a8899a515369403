import * as z from 'zod/mini';

// What the API answers, as far as the page reads it; the rest comes along, for those who copy it.

export const faultDocument = z.object({ error: z.object({ message: z.string() }) });

const score = z.nullish(z.number());

/** An item; what was searched for has scores, too. */
export const itemDocument = z.looseObject({
  item_id: z.string(),
  title: z.string(),
  price: z.number(),
  currency: z.string(),
  brand: z.string(),
  url: z.nullable(z.string()),
  picture: z.string(),
  description: z.optional(z.string()),
  similarity_score: score,
  clip_score: score,
  dino_score: score,
  copies: z.optional(z.number()),
});
export type ItemDocument = z.infer<typeof itemDocument>;

const hints = z.array(
  z.object({
    field: z.string(),
    operator: z.string(),
    asked: z.string(),
    nearest: z.string(),
    items: z.number(),
  }),
);
export type Hint = z.infer<typeof hints>[number];

export const itemsDocument = z.object({ total: z.number(), items: z.array(itemDocument), hints });
export type ItemsDocument = z.infer<typeof itemsDocument>;

export const hitsDocument = z.object({ hits: z.array(itemDocument), hints });
export type HitsDocument = z.infer<typeof hitsDocument>;

export const valuesDocument = z.object({ values: z.nullable(z.array(z.string())) });

const group = z.looseObject({ items_total: z.number(), items: z.array(itemDocument) });
export type DuplicateGroup = z.infer<typeof group>;

export const duplicatesDocument = z.discriminatedUnion('state', [
  z.object({ state: z.literal('ready'), total: z.number(), groups: z.array(group) }),
  z.object({ state: z.literal('searching'), done: z.number(), total: z.number() }),
]);
export type FoundDuplicates = Extract<z.infer<typeof duplicatesDocument>, { state: 'ready' }>;

export const statusDocument = z.object({
  items: z.number(),
  weights: z.object({ clip: z.number(), dino: z.number() }),
  reads_text: z.boolean(),
});
export type StatusDocument = z.infer<typeof statusDocument>;
