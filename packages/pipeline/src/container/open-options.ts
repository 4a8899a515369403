import type { Logger, ProgressReporter } from '@fashionmatch/domain';

import type { AppConfig } from '../config/app-config.js';
import type { Adapters } from './tokens.js';

/** An adapter of one's own in the place of the one that the configuration asks for. */
export type Replacement<Name extends keyof Adapters = keyof Adapters> = {
  readonly [Each in Name]: { readonly replace: Each; readonly by: Adapters[Each] };
}[Name];

export interface OpenOptions {
  /** An effective configuration, from `loadConfig` or `parseConfig`. */
  readonly config?: AppConfig | undefined;
  /** A config file, when there is no `config`; see `loadConfig`. */
  readonly configPath?: string | undefined;
  /** Says nothing when not given. */
  readonly logger?: Logger | undefined;
  /** Shows nothing when not given. */
  readonly progress?: ProgressReporter | undefined;
  /** `read` joins a server that another process runs, and creates nothing; `write` is alone in its folder. */
  readonly access?: 'read' | 'write' | undefined;
  /** Ends the waiting for a store whose server is away. */
  readonly signal?: AbortSignal | undefined;
  /** Empties collections that another encoder wrote, where else they are an error. */
  readonly replaceOther?: boolean | undefined;
  /** Loads the models while the store is opened, for who is going to encode; else they load when they are first needed. */
  readonly loadModels?: boolean | undefined;
  /** Adapters of your own, such as `[{ replace: 'vectorStore', by: store }]`: what they replace is not opened. */
  readonly customise?: readonly Replacement[] | undefined;
}
