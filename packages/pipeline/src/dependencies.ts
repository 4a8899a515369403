import type {
  EmbeddingJournal,
  ImageDecoder,
  ItemSource,
  Logger,
  ProgressReporter,
  VectorStore,
} from '@fashionmatch/domain';

import type { AppConfig } from './config/app-config.js';
import type { Spread } from './embedding/encode-elsewhere.js';
import type { HybridScorer } from './hybrid-scorer.js';

/** Opens the two kinds of source, and single images. */
export interface SourceFactory {
  /**
   * The bytes of one image file that the user named, wherever it lies unless below a folder is asked for.
   *
   * @throws ItemError
   */
  readImage(path: string, below?: string): Promise<Uint8Array>;
  references(directory: string): ItemSource;
  scraped(directory: string): ItemSource;
}

/** All that the pipeline works with; each can be an adapter of ours, of yours, or a fake. */
export interface PipelineDependencies {
  readonly config: AppConfig;
  readonly scorer: HybridScorer;
  readonly decoder: ImageDecoder;
  readonly vectorStore: VectorStore;
  readonly journal: EmbeddingJournal;
  readonly sources: SourceFactory;
  readonly logger: Logger;
  readonly progress: ProgressReporter;
  /** Images decoded at once. */
  readonly decodeConcurrency: number;
  /** Encodes in place of this process. */
  readonly spread?: Spread | undefined;
}
