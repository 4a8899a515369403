import type { OpenOptions } from '../container/open-options.js';
import { TOKENS } from '../container/tokens.js';
import type { Thumbnails } from '../search/thumbnails.js';

/** Pictures of image files, within the configured limits. Needs no model and no store, and leaves nothing to close. */
export async function openThumbnails(options: Pick<OpenOptions, 'config' | 'configPath'> = {}): Promise<Thumbnails> {
  const { withContainer } = await import('../container/pipeline-container.js');
  return withContainer(options, { access: 'read', needsNoStore: true }, (container) =>
    container.getAsync(TOKENS.thumbnails),
  );
}
