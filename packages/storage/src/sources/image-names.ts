import { openRegularFile, readBytes, type AllowedFolders } from '../files/safe-open.js';

/** Whether a file with these first bytes is an image that can be read; given fewer when there are no more. */
export type IsImage = (start: Uint8Array) => boolean;

/** Enough for every format's signature. */
const START_BYTES = 256;

const EXTENSIONS = 'jpe?g|jpe|jfif|png|webp|avif|gif|tiff?|hei[cf]|hif';

/**
 * What a name says of a file: an image, something else, or nothing that could be relied on. That is a name without
 * extension (`IMG 0001`, `photo 1.5`), or with that of an image inside (`a.jpg!large`, `a.jpg?w=800`, `a.JPG_large`).
 */
export function byName(name: string): 'image' | 'other' | 'unclear' {
  if (new RegExp(`\\.(?:${EXTENSIONS})$`, 'i').test(name)) return 'image';
  const hasOwn = /[^.]\.[a-z][a-z\d]{0,9}$/i.test(name);
  return !hasOwn || new RegExp(`\\.(?:${EXTENSIONS})[^a-z\\d]`, 'i').test(name) ? 'unclear' : 'other';
}

/**
 * Whether a file begins as an image.
 *
 * @throws ItemError as `openRegularFile` does.
 */
export async function beginsAsImage(path: string, within: AllowedFolders, isImage: IsImage): Promise<boolean> {
  const { file } = await openRegularFile(path, within);
  try {
    return isImage(await readBytes(file, 0, START_BYTES));
  } finally {
    await file.close();
  }
}
