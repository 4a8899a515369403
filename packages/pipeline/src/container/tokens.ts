import type { EmbeddingJournal, ImageDecoder, Logger, ProgressReporter, VectorStore } from '@fashionmatch/domain';
import type { ServiceIdentifier } from 'inversify';

import type { AppConfig } from '../config.js';
import type { SourceFactory } from '../dependencies.js';
import type { HybridScorer } from '../hybrid-scorer.js';

function token<T>(name: string): ServiceIdentifier<T> {
  return Symbol.for(`@fashionmatch/pipeline:${name}`);
}

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
} as const;
