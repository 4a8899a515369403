import { configKeys } from './config-keys.js';
import { merge, parseLayer, valueAt } from './config-layer.js';
import { configLayers, type Environment } from './config-layers.js';

/** A setting as it holds, and why. */
export interface ExplainedSetting {
  /** Such as `['models', 'fusion_weights', 'clip']`. */
  readonly keys: readonly string[];
  /** Undefined where it is not set and has no default; of a secret, stars. */
  readonly value: unknown;
  /** `default`, `file config/config.yaml:12` or `environment FASHIONMATCH_MODELS__DEVICE`. */
  readonly origin: string;
}

const MASK = '********';

/**
 * Every setting there is, with its effective value and where that comes from.
 *
 * @throws FashionMatchError `CONFIG_INVALID` as `loadConfig` does.
 */
export async function explainConfig({
  path,
  env = process.env,
}: {
  readonly path?: string | undefined;
  readonly env?: Environment | undefined;
}): Promise<ExplainedSetting[]> {
  const layers = await configLayers(path, env);
  const merged = layers.map(({ values }) => values).reduce(merge, {});
  const effective = parseLayer(merged, 'the options and environment');
  return configKeys().map(({ keys, secret }) => {
    const layer = layers.findLast(({ values }) => valueAt(values, keys) !== undefined);
    const value = valueAt(effective, keys);
    return {
      keys,
      value: secret ? masked(value) : value,
      origin: layer?.originOf(keys) ?? 'default',
    };
  });
}

/** Names of headers are no secret. */
function masked(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value === undefined ? undefined : MASK;
  return Object.fromEntries(Object.keys(value).map((name) => [name, MASK]));
}
