import { ItemError } from '@fashionmatch/domain';

import { markup, Html } from './html.js';

/** A thumbnail, or why there is none. */
export type Picture = Uint8Array | ItemError;

/** Waits for a thumbnail; one that cannot be drawn is no fault of the page. */
export async function pictureOf(drawing: Promise<Uint8Array>): Promise<Picture> {
  try {
    return await drawing;
  } catch (thrown) {
    if (thrown instanceof ItemError) return thrown;
    throw thrown;
  }
}

/** The picture itself, in the page; where there is none, a place that says why. */
export function pictureTag(picture: Picture, alt: string): Html {
  if (picture instanceof ItemError) return markup`<div class="no-picture">No picture: ${picture.message}</div>`;
  const address = `data:image/webp;base64,${Buffer.from(picture).toString('base64')}`;
  return markup`<img class="picture" src="${new Html(address)}" alt="${alt}" loading="lazy" />`;
}
