import { FashionMatchError, type ImageFile, type ItemSource } from '@fashionmatch/domain';

/**
 * The images of a source's listings by id: a batch's own paths begin at its folder, which a stored path does not name.
 * A source that cannot be read has none. Takes about 300 bytes an item.
 */
export async function listedImages(source: ItemSource): Promise<ReadonlyMap<string, ImageFile>> {
  const images = new Map<string, ImageFile>();
  try {
    for await (const entry of source.list()) {
      // Of entries with the same id the newest comes first.
      if (entry.kind === 'item' && !images.has(entry.itemId)) images.set(entry.itemId, entry.file);
    }
  } catch (error) {
    if (!(error instanceof FashionMatchError) || error.code !== 'SOURCE_UNREADABLE') throw error;
  }
  return images;
}
