import type { DualEmbedding } from '@fashionmatch/domain';

const FLOAT_BYTES = 4;

/** How vectors stand in Redis: the CLIP vector's dimensions as a 32-bit number, its values, the DINOv2 vector's; little-endian. */
export function toValue({ clip, dino }: DualEmbedding): Buffer {
  const value = Buffer.alloc((1 + clip.length + dino.length) * FLOAT_BYTES);
  value.writeUInt32LE(clip.length);
  let at = FLOAT_BYTES;
  for (const vector of [clip, dino]) {
    for (const component of vector) at = value.writeFloatLE(component, at);
  }
  return value;
}

/** The vectors that were written so; undefined for anything else. */
export function fromValue(value: Buffer): DualEmbedding | undefined {
  if (value.length < FLOAT_BYTES || value.length % FLOAT_BYTES !== 0) return undefined;
  const floats = value.length / FLOAT_BYTES - 1;
  const clip = value.readUInt32LE();
  if (clip > floats) return undefined;
  const all = Float32Array.from({ length: floats }, (_, i) => value.readFloatLE((i + 1) * FLOAT_BYTES));
  return { clip: all.slice(0, clip), dino: all.slice(clip) };
}
