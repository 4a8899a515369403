import type { AppConfig, ConfigInput } from '@fashionmatch/pipeline';

import type { SourceOptions } from '../declaration/source-options.js';
import { loadStoreConfig, type StoreOptions } from './store-config.js';

/**
 * The configuration of a command that lists sources. Its own patterns come on top of the configuration's.
 *
 * @throws FashionMatchError `CONFIG_INVALID`
 */
export async function loadSourceConfig(
  { exclude, includeHidden, ...options }: StoreOptions & SourceOptions,
  overrides: ConfigInput = {},
): Promise<AppConfig> {
  const config = await loadStoreConfig(options, overrides);
  const { sources } = config;
  const all = { exclude: [...sources.exclude, ...exclude], includeHidden: includeHidden ?? sources.includeHidden };
  return { ...config, sources: { ...sources, ...all } };
}
