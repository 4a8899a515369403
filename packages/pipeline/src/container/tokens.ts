import type {
  EmbeddingJournal,
  ImageDecoder,
  Logger,
  PerSpace,
  ProgressReporter,
  TextTower,
  VectorStore,
} from '@fashionmatch/domain';
import type { ResolvedModel } from '@fashionmatch/encoders';
import type { ChromaConnection } from '@fashionmatch/storage';
import type { ServiceIdentifier } from 'inversify';

import type { AppConfig } from '../config/config.js';
import type { SourceFactory } from '../dependencies.js';
import type { HybridScorer } from '../hybrid-scorer.js';
import type { Thumbnails } from '../search/thumbnails.js';

function token<T>(name: string): ServiceIdentifier<T> {
  return Symbol.for(`@fashionmatch/pipeline:${name}`);
}

/** The models' verified files: what decoder and encoders are made from. */
export const RESOLVED_MODELS = token<PerSpace<ResolvedModel>>('resolvedModels');

/**
 * Connects to the store's server when it is first called, which may start it; undefined where nothing was ever stored,
 * and nothing is to be written.
 */
export const CONNECT = token<() => Promise<ChromaConnection | undefined>>('connect');

/** What the container holds, each under its type. */
export const TOKENS = {
  config: token<AppConfig>('config'),
  logger: token<Logger>('logger'),
  progress: token<ProgressReporter>('progress'),
  decoder: token<ImageDecoder>('decoder'),
  scorer: token<HybridScorer>('scorer'),
  vectorStore: token<VectorStore>('vectorStore'),
  journal: token<EmbeddingJournal>('journal'),
  sources: token<SourceFactory>('sources'),
  /** Opens it when it is first called. */
  textTower: token<() => Promise<TextTower>>('textTower'),
  thumbnails: token<Thumbnails>('thumbnails'),
} as const;
