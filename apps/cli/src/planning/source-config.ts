import { loadConfig, type AppConfig, type ConfigInput } from '@fashionmatch/pipeline';

import type { CommonOptions } from '../declaration/common-options.js';
import type { SourceOptions } from '../declaration/source-options.js';

interface SourceConfigOptions extends Pick<CommonOptions, 'config'>, SourceOptions {
  readonly generation?: string | undefined;
}

/**
 * The configuration of a command that lists sources. Its own patterns come on top of the configuration's.
 *
 * @throws FashionMatchError `CONFIG_INVALID`
 */
export async function loadSourceConfig(
  { config: path, exclude, includeHidden, generation }: SourceConfigOptions,
  overrides: ConfigInput = {},
): Promise<AppConfig> {
  const database = { ...overrides.database, ...(generation !== undefined && { generation }) };
  const config = await loadConfig({ path, overrides: { ...overrides, database } });
  const { sources } = config;
  const all = { exclude: [...sources.exclude, ...exclude], includeHidden: includeHidden ?? sources.includeHidden };
  return { ...config, sources: { ...sources, ...all } };
}
