import type {
  EmbeddingJournal,
  ImageDecoder,
  Logger,
  PerSpace,
  ProgressReporter,
  StoreEngine,
  TextTower,
  VectorStore,
} from '@fashionmatch/domain';
import type { ResolvedModel } from '@fashionmatch/encoders';
import type { ServiceIdentifier } from 'inversify';

import type { AppConfig } from '../config/app-config.js';
import type { SourceFactory } from '../dependencies.js';
import type { Spread } from '../embedding/encode-elsewhere.js';
import type { HybridScorer } from '../hybrid-scorer.js';
import type { Thumbnails } from '../search/thumbnails.js';

function token<T>(name: string): ServiceIdentifier<T> {
  return Symbol.for(`@fashionmatch/pipeline:${name}`);
}

/** The models' verified files: what decoder and encoders are made from. */
export const RESOLVED_MODELS = token<PerSpace<ResolvedModel>>('resolvedModels');

/** What a configuration's adapters are, each under its name. */
export interface Adapters {
  readonly decoder: ImageDecoder;
  readonly scorer: HybridScorer;
  readonly engine: StoreEngine;
  readonly vectorStore: VectorStore;
  readonly journal: EmbeddingJournal;
  readonly sources: SourceFactory;
  /** Opens it when it is first called. */
  readonly textTower: () => Promise<TextTower>;
  readonly thumbnails: Thumbnails;
  /** Encodes in place of this process; undefined when that is not asked for. */
  readonly spread: Spread | undefined;
}

interface Held extends Adapters {
  readonly config: AppConfig;
  readonly logger: Logger;
  readonly progress: ProgressReporter;
}

/** What the container holds, each under its type. */
export const TOKENS: { readonly [Name in keyof Held]: ServiceIdentifier<Held[Name]> } = {
  config: token('config'),
  logger: token('logger'),
  progress: token('progress'),
  decoder: token('decoder'),
  scorer: token('scorer'),
  engine: token('engine'),
  vectorStore: token('vectorStore'),
  journal: token('journal'),
  sources: token('sources'),
  textTower: token('textTower'),
  thumbnails: token('thumbnails'),
  spread: token('spread'),
};
