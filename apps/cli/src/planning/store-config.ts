import { loadConfig, type AppConfig, type ConfigInput } from '@fashionmatch/pipeline';

export interface StoreOptions {
  readonly config?: string | undefined;
  readonly generation?: string | undefined;
}

/** The configuration of a command that opens a store. @throws FashionMatchError `CONFIG_INVALID` */
export function loadStoreConfig(
  { config: path, generation }: StoreOptions,
  overrides: ConfigInput = {},
): Promise<AppConfig> {
  const database = { ...overrides.database, ...(generation !== undefined && { generation }) };
  return loadConfig({ path, overrides: { ...overrides, database } });
}
