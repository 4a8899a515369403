import { z } from 'zod';

import type { LookAlikes, LookAlikesRequest } from './look-alikes.js';

const share = z.number().min(0).max(1);
const region = z.strictObject({ x: share, y: share, width: share, height: share });
const part = z.union([
  z.strictObject({ weight: z.number(), path: z.string(), region: region.exactOptional() }),
  z.strictObject({ weight: z.number(), text: z.string() }),
]);

/** What the command line asks of a server of its own user: in the code's own words, for both are of one version. */
export const requestSchema = z.strictObject({
  query: z.union([
    z.strictObject({ path: z.string() }),
    z.strictObject({ id: z.string() }),
    z.strictObject({ text: z.string() }),
    z.strictObject({ parts: z.array(part) }),
  ]),
  topK: z.int().min(1),
  weights: z.strictObject({ clip: z.number().min(0), dino: z.number().min(0) }).optional(),
  where: z.string().optional(),
  minScore: z.number().optional(),
  minConfidence: z.number().optional(),
  exact: z.boolean(),
  distinct: z.boolean(),
  isJudged: z.boolean(),
  withPaths: z.boolean(),
}) satisfies z.ZodType<LookAlikesRequest>;

const text = z.string();

const hit = z.strictObject({
  itemId: text,
  similarityScore: z.number(),
  clipScore: z.number(),
  dinoScore: z.number().nullable(),
  unproven: z.literal(true).exactOptional(),
  contentSha256: text,
  copies: z.array(text).exactOptional(),
  percentile: z.number().exactOptional(),
  closeness: z.enum(['same picture', 'very close', 'close', 'weak']).exactOptional(),
  item: z.strictObject({
    itemId: text,
    title: text,
    price: z.number(),
    ...{ currency: text, description: text, brand: text, size: text, condition: text, imageUrl: text, url: text },
    ...{ category: text, sellerId: text, scrapedAt: text, localImagePath: text },
  }),
});

const hint = z.strictObject({
  field: text,
  operator: z.enum(['=', '==', '!=', '~', '<', '<=', '>', '>=']),
  asked: text,
  nearest: text,
  items: z.number(),
});

/** What it answers. */
export const answerSchema = z.strictObject({
  hits: z.array(hit),
  hints: z.array(hint),
  isEmpty: z.boolean(),
  paths: z.array(text),
}) satisfies z.ZodType<LookAlikes>;
