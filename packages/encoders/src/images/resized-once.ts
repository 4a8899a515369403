import type { DecodedImage } from '@fashionmatch/domain';

import type { ResizeFilter } from '../models/preprocessor-config.js';
import type { ImageSize, ResizePlan } from './resize-plan.js';
import { resizeWithSharp } from './sharp-resize.js';

/** What was made of images that are still in use. */
const made = new WeakMap<DecodedImage, Map<string, Promise<Uint8Array>>>();

/**
 * As {@link resizeWithSharp}, and once for all encoders that want the same of an image.
 *
 * @returns the bytes in a buffer of their own, which the caller may give away.
 * @throws ItemError `IMAGE_INVALID` as that does.
 */
export async function resizedOnce(
  image: DecodedImage & ImageSize,
  plan: ResizePlan,
  filter: ResizeFilter,
): Promise<Uint8Array> {
  const ofImage = made.get(image) ?? new Map<string, Promise<Uint8Array>>();
  made.set(image, ofImage);
  const key = JSON.stringify([plan, filter]);
  const resizing = ofImage.get(key) ?? resizeWithSharp(image, plan, filter);
  ofImage.set(key, resizing);
  return new Uint8Array(await resizing);
}
