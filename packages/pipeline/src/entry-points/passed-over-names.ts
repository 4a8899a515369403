import type { AppConfig } from '../config/app-config.js';

/**
 * Whether sources in some folders pass a path over because of its name: what the configuration ignores or excludes, and
 * hidden names.
 */
export async function passedOverNames(
  folders: readonly string[],
  { sources }: AppConfig,
): Promise<(path: string) => boolean> {
  const { passedOverIn } = await import('../container/source-factory.js');
  return passedOverIn(folders, sources);
}
