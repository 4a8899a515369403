import { loadConfig, type AppConfig } from '@fashionmatch/pipeline';

interface StoreOptions {
  readonly config?: string | undefined;
  readonly generation?: string | undefined;
}

/** The configuration of a command that opens a store. @throws FashionMatchError `CONFIG_INVALID` */
export function loadStoreConfig({ config: path, generation }: StoreOptions): Promise<AppConfig> {
  return loadConfig({ path, overrides: generation === undefined ? {} : { database: { generation } } });
}
