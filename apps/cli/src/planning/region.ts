import type { Region } from '@fashionmatch/pipeline';

/** What is wrong with a text that is no region. */
export const NO_REGION = 'It must be x,y,width,height as shares of the photo, such as 0.25,0,0.5,0.6.';

/** A part of a photo, as shares of its width and height, such as `0.25,0,0.5,0.6`; undefined for any other text. */
export function regionOf(text: string): Region | undefined {
  const [x = NaN, y = NaN, width = NaN, height = NaN, ...more] = text
    .split(',')
    .map((part) => (part.trim() === '' ? NaN : Number(part)));
  const isInside = x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= 1 && y + height <= 1;
  return more.length === 0 && isInside ? { x, y, width, height } : undefined;
}
