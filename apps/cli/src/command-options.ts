// What each command is told, as the command line has read and checked it.

import type { ConfigInput } from '@fashionmatch/pipeline';

/** Options that every command takes. */
export interface CommonOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly logLevel?: LogLevel;
  readonly logFormat?: 'pretty' | 'json';
  readonly logFile?: string;
  readonly verbose?: boolean;
  readonly quiet?: boolean;
  readonly progress: boolean;
  readonly color: boolean;
  readonly yes?: boolean;
  readonly input: boolean;
}

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

export const MODES = ['all', 'references', 'scraped'] as const;

/** What is listed of the folders, beside what the configuration says. */
export interface SourceOptions {
  readonly exclude: readonly string[];
  readonly includeHidden?: boolean;
}

export interface EmbedOptions extends CommonOptions, SourceOptions {
  readonly mode: (typeof MODES)[number];
  readonly referencesDir?: string;
  readonly scrapedDir?: string;
  readonly batchSize?: number;
  readonly force?: boolean;
  readonly purgeJournal?: boolean;
  readonly dryRun?: boolean;
  readonly downloadImages?: boolean;
  readonly prune?: boolean;
  readonly rehash?: boolean;
  readonly limit?: number;
  readonly maxFailures?: number | { readonly share: number };
  readonly failuresFile?: string;
  readonly profile?: boolean;
  readonly report?: string;
}

/** What is to be pruned: more than half of a source's items only when that was confirmed beforehand. */
export function pruneOf({ prune, yes }: EmbedOptions): 'some' | 'most' | undefined {
  if (!prune) return undefined;
  return yes ? 'most' : 'some';
}

/** What the options change in the configuration. */
export function overridesOf({ batchSize, downloadImages }: EmbedOptions): ConfigInput {
  return {
    ...(batchSize !== undefined && { models: { batch_size: batchSize } }),
    ...(downloadImages && { sources: { download_images: true } }),
  };
}

export interface SearchOptions extends CommonOptions {
  readonly id?: string;
  readonly text?: string;
  readonly topK: number;
  readonly weights?: { readonly clip: number; readonly dino: number };
  readonly where?: string;
  readonly minScore?: number;
  readonly exact?: boolean;
  readonly html?: string;
}

export interface ServeOptions extends CommonOptions {
  readonly host: string;
  readonly port?: number;
}

export interface SourcesOptions extends CommonOptions, SourceOptions {
  readonly referencesDir?: string;
  readonly scrapedDir?: string;
}

export interface StatusOptions extends CommonOptions {
  readonly check?: boolean;
}

export interface ImportOptions extends CommonOptions {
  readonly check?: boolean;
}

export interface VerifyOptions extends CommonOptions {
  readonly repair?: boolean;
  readonly encode?: number;
}

export const MODELS_TASKS = ['list', 'pull', 'verify', 'compare'] as const;

export type ModelsTask = (typeof MODELS_TASKS)[number];

export interface ModelsOptions extends CommonOptions {
  readonly text?: boolean;
  readonly referencesDir?: string;
  readonly images: number;
}

export const CONFIG_TASKS = ['init', 'show', 'schema'] as const;

export type ConfigTask = (typeof CONFIG_TASKS)[number];

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof SHELLS)[number];

export interface WatchOptions extends CommonOptions, SourceOptions {
  readonly mode: (typeof MODES)[number];
  readonly referencesDir?: string;
  readonly scrapedDir?: string;
  /** Seconds. */
  readonly quietFor: number;
  /** Seconds. */
  readonly atMost: number;
}

/** `retry`: the options of an embedding run that still mean something when its items are known. */
export type RetryOptions = CommonOptions &
  SourceOptions &
  Pick<EmbedOptions, 'batchSize' | 'downloadImages' | 'failuresFile'>;

/** What the commands do; each is loaded only when it is called. */
export interface CommandActions {
  embed(options: EmbedOptions): Promise<void>;
  retry(file: string, options: RetryOptions): Promise<void>;
  search(path: string | undefined, options: SearchOptions): Promise<void>;
  serve(options: ServeOptions): Promise<void>;
  sources(options: SourcesOptions): Promise<void>;
  status(options: StatusOptions): Promise<void>;
  verify(options: VerifyOptions): Promise<void>;
  models(task: ModelsTask, options: ModelsOptions): Promise<void>;
  watch(options: WatchOptions): Promise<void>;
  config(task: ConfigTask, options: CommonOptions): Promise<void>;
  doctor(options: CommonOptions): Promise<void>;
  completion(shell: Shell): Promise<void>;
  export(file: string, options: CommonOptions): Promise<void>;
  import(file: string, options: ImportOptions): Promise<void>;
}
