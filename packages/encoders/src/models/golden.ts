import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import type { DecodedImage } from '@fashionmatch/domain';
import { z } from 'zod';

/** What the shipped encoders gave where they were written, to compare a machine with. */
export interface Golden {
  /** A small PNG file. */
  readonly image: Uint8Array;
  /** Lower-case hex SHA-256 of its pixels, as {@link pixelsSha256} counts them. */
  readonly pixelsSha256: string;
  /** A small HEIC file, which another library decodes. */
  readonly heic: { readonly image: Uint8Array; readonly pixelsSha256: string };
  /** By name, of the models whose vectors of the image are known. */
  readonly models: ReadonlyMap<string, GoldenModel>;
}

export interface GoldenModel {
  /** Of the model file: vectors of another file cannot be compared. */
  readonly sha256: string;
  /** Of length 1. */
  readonly vector: Float32Array;
}

/** How far a vector may be from the one that was shipped: rounding on another processor stays well below. */
export const GOLDEN_TOLERANCE = 1e-5;

export const GOLDEN_FILES = {
  image: new URL('../../builtin/golden/image.png', import.meta.url),
  heic: new URL('../../builtin/golden/image.heic', import.meta.url),
  vectors: new URL('../../builtin/golden/vectors.json', import.meta.url),
} as const;

const fileSchema = z.object({
  pixels_sha256: z.string(),
  heic_pixels_sha256: z.string(),
  models: z.record(z.string(), z.object({ sha256: z.string(), vector: z.array(z.number()) })),
});

/** The content of `vectors.json`. */
export type GoldenFile = z.input<typeof fileSchema>;

/** @throws Error when the package is not complete. */
export async function readGolden(): Promise<Golden> {
  const content: unknown = JSON.parse(await readFile(GOLDEN_FILES.vectors, 'utf8'));
  const { pixels_sha256, heic_pixels_sha256, models } = fileSchema.parse(content);
  const known = Object.entries(models).map(
    ([name, { sha256, vector }]) => [name, { sha256, vector: Float32Array.from(vector) }] as const,
  );
  const [image, heic] = await Promise.all([readFile(GOLDEN_FILES.image), readFile(GOLDEN_FILES.heic)]);
  return {
    image,
    pixelsSha256: pixels_sha256,
    heic: { image: heic, pixelsSha256: heic_pixels_sha256 },
    models: new Map(known),
  };
}

export function pixelsSha256({ width, height, data }: DecodedImage): string {
  return createHash('sha256')
    .update(`${String(width)}x${String(height)} `)
    .update(data)
    .digest('hex');
}
