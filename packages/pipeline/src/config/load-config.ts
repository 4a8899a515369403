import { asSection, merge, parseLayer } from './config-layer.js';
import { configLayers, type Environment } from './config-layers.js';
import { toAppConfig, type AppConfig } from './app-config.js';
import type { ConfigInput } from './config.js';

export { DEFAULT_CONFIG_PATH } from './config-layers.js';

export interface LoadConfigOptions {
  /** A file that must exist; without it {@link DEFAULT_CONFIG_PATH} is used where there is one. */
  readonly path?: string | undefined;
  /** The process's environment, unless told otherwise. */
  readonly env?: Environment | undefined;
  /** Win over the environment and the file. */
  readonly overrides?: ConfigInput | undefined;
}

/**
 * The effective configuration: overrides, then the environment, then the file, then defaults.
 *
 * @throws FashionMatchError `CONFIG_INVALID` naming the file or variable and the key at fault.
 */
export async function loadConfig({
  path,
  env = process.env,
  overrides = {},
}: LoadConfigOptions = {}): Promise<AppConfig> {
  const layers = await configLayers(path, env);
  const merged = [...layers.map(({ values }) => values), asSection(overrides)].reduce(merge, {});
  return toAppConfig(parseLayer(merged, 'the options and environment'));
}

/** Checks a configuration given in code. @throws FashionMatchError `CONFIG_INVALID` */
export function parseConfig(input: ConfigInput): AppConfig {
  return toAppConfig(parseLayer(input, 'the configuration'));
}
