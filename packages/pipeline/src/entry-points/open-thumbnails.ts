import type { OpenOptions } from '../container/open-options.js';
import type { Thumbnails } from '../search/thumbnails.js';

/** Pictures of image files, within the configured limits. Needs no model and no store, and leaves nothing to close. */
export async function openThumbnails(options: Pick<OpenOptions, 'config' | 'configPath'> = {}): Promise<Thumbnails> {
  const opener = await import('../container/open-thumbnails.js');
  return opener.openThumbnails(options);
}
