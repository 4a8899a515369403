import { resolve } from 'node:path';

import { FashionMatchError, type Logger } from '@fashionmatch/domain';

import type { HubConnection } from './hub-connection.js';
import { cacheRoot, type Environment } from './huggingface-cache.js';

/** A file that is being downloaded. */
export interface DownloadProgress {
  readonly model: string;
  readonly path: string;
  readonly received: number;
  /** Bytes; `undefined` when the hub does not say. */
  readonly total: number | undefined;
}

/** Where files are kept and fetched from. */
export interface HubAccess {
  readonly cacheRoot: string;
  /** No request is sent. */
  readonly offline: boolean;
  readonly connection: HubConnection;
  readonly logger: Logger;
  readonly onProgress: (progress: DownloadProgress) => void;
}

export interface HubAccessOptions {
  /** Where downloads are kept, instead of the folder that `HF_HUB_CACHE` and `HF_HOME` name. */
  readonly cacheDirectory?: string;
  /** Downloads nothing. By default as `HF_HUB_OFFLINE` says. */
  readonly offline?: boolean;
  /** Where `HF_…` variables are looked up, instead of the process's environment. */
  readonly env?: Environment;
  readonly fetch?: typeof fetch;
  readonly logger?: Logger;
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Milliseconds without a byte after which a connection is given up; 60,000 by default. */
  readonly stallMs?: number;
  /** Milliseconds before the first repetition of a failed request, doubled each time; 1,000 by default. */
  readonly retryDelayMs?: number;
}

/** @throws FashionMatchError `CONFIG_INVALID` when `HF_ENDPOINT` is no web address. */
export function hubAccess(options: HubAccessOptions): HubAccess {
  const { env = process.env, stallMs = 60_000, retryDelayMs = 1000 } = options;
  const endpoint = (env['HF_ENDPOINT'] || 'https://huggingface.co').replace(/\/+$/, '');
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol)) {
    throw new FashionMatchError('CONFIG_INVALID', `HF_ENDPOINT is no web address: ${endpoint}`);
  }
  return {
    cacheRoot: resolve(options.cacheDirectory ?? cacheRoot(env)),
    offline: options.offline ?? /^(1|on|yes|true)$/i.test(env['HF_HUB_OFFLINE'] ?? ''),
    connection: { endpoint, token: env['HF_TOKEN'] ?? '', fetch: options.fetch ?? fetch, stallMs, retryDelayMs },
    logger: options.logger ?? SILENT,
    onProgress: options.onProgress ?? (() => undefined),
  };
}

const SILENT: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {
  // Nobody listens.
}
