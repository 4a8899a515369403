import type { FileMapping } from '@fashionmatch/domain';

import { DEFAULT_BATCH_SIZE, type ConfigFile } from './config.js';

/** The effective configuration, in the code's own words. Meanings and ranges: `configSchema`. */
export interface AppConfig {
  readonly models: {
    readonly clipModel: string;
    readonly dinoModel: string;
    readonly fusionWeights: { readonly clip: number; readonly dino: number };
    readonly device: ConfigFile['models']['device'];
    readonly precision: ConfigFile['models']['precision'];
    readonly resample: ConfigFile['models']['resample'];
    readonly colour: ConfigFile['models']['colour'];
    readonly threads: number | 'auto';
    readonly batchSize: number;
  };
  readonly database: {
    readonly persistDirectory: string;
    readonly collectionName: string;
    /** Asked for. */
    readonly generation: string | undefined;
    /** Whose collections `collectionName` names and whose models stand above; undefined until that was looked up. */
    readonly openedGeneration: string | undefined;
    readonly batchSize: number;
    readonly host: string | undefined;
    readonly port: number | undefined;
    readonly ssl: boolean;
    readonly path: string | undefined;
    readonly patienceMs: number;
    readonly tenant: string | undefined;
    readonly database: string | undefined;
    readonly token: string | undefined;
    readonly headers: Readonly<Record<string, string>> | undefined;
  };
  readonly scraper: { readonly outputDir: string; readonly referencesDir: string };
  readonly sources: {
    readonly exclude: readonly string[];
    readonly ignore: readonly string[];
    readonly includeHidden: boolean;
    readonly downloadImages: boolean;
    readonly allowPrivateAddresses: boolean;
    readonly listings: readonly FileMapping[];
  };
  readonly limits: {
    readonly maxMegapixels: number;
    /** Bytes. */
    readonly maxFileBytes: number;
    readonly allowOutsidePaths: boolean;
  };
  readonly queue: {
    readonly url: string | undefined;
    readonly username: string | undefined;
    readonly password: string | undefined;
    readonly lostAfterMs: number;
    readonly serveImages: { readonly host: string; readonly port: number } | undefined;
  };
}

/** The one place where the file's names become the code's. */
export function toAppConfig({ models, database, scraper, sources, limits, queue }: ConfigFile): AppConfig {
  return {
    models: {
      clipModel: models.clip_model,
      dinoModel: models.dino_model,
      fusionWeights: models.fusion_weights,
      device: models.device,
      precision: models.precision,
      resample: models.resample,
      colour: models.colour,
      threads: models.threads,
      batchSize: models.batch_size === 'auto' ? DEFAULT_BATCH_SIZE : models.batch_size,
    },
    database: {
      persistDirectory: database.persist_directory,
      collectionName: database.collection_name,
      generation: database.generation,
      openedGeneration: undefined,
      batchSize: database.batch_size,
      host: database.host,
      port: database.port,
      ssl: database.ssl,
      path: database.path,
      patienceMs: database.patience_s * 1_000,
      tenant: database.tenant,
      database: database.database,
      token: database.token,
      headers: database.headers,
    },
    scraper: { outputDir: scraper.output_dir, referencesDir: scraper.references_dir },
    sources: {
      exclude: sources.exclude,
      ignore: sources.ignore,
      includeHidden: sources.include_hidden,
      downloadImages: sources.download_images,
      allowPrivateAddresses: sources.allow_private_addresses,
      listings: sources.listings.map(toFileMapping),
    },
    limits: {
      maxMegapixels: limits.max_megapixels,
      maxFileBytes: Math.floor(limits.max_file_mb * 1024 * 1024),
      allowOutsidePaths: limits.allow_outside_paths,
    },
    queue: {
      url: queue.url,
      username: queue.username,
      password: queue.password,
      lostAfterMs: queue.lost_after_s * 1_000,
      serveImages: queue.serve_images === undefined ? undefined : toPlace(queue.serve_images),
    },
  };
}

/** `[HOST:]PORT`, on this machine alone unless it says otherwise. */
function toPlace(text: string): { readonly host: string; readonly port: number } {
  const colon = text.lastIndexOf(':');
  const host = colon < 0 ? '127.0.0.1' : text.slice(0, colon).replace(/^\[|\]$/g, '');
  return { host, port: Number(text.slice(colon + 1)) };
}

function toFileMapping({
  files,
  columns,
  images,
  currency,
  base_url,
}: ConfigFile['sources']['listings'][number]): FileMapping {
  const lists = Object.entries(columns).map(([field, names]): readonly [string, string[]] => [field, [names].flat()]);
  return {
    name: `sources.listings for ${files}`,
    files,
    columns: Object.fromEntries<string[]>(lists),
    images: images === undefined ? undefined : [images].flat(),
    currency,
    baseUrl: base_url,
  };
}
