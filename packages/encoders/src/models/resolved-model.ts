import type { Precision } from './model-catalog.js';
import type { Weights } from './model-weights.js';
import type { Preprocessing } from './preprocessor-config.js';

/** A model whose files are on this machine and have been verified. */
export interface ResolvedModel extends Weights {
  /** As configured, such as `openai/clip-vit-base-patch32`, `builtin/structure`, or a folder. */
  readonly name: string;
  /** The commit it comes from, 40 hex digits; `''` for built-in and local models. */
  readonly revision: string;
  readonly precision: Precision;
  /** `model_type` of its `config.json`, such as `dinov2`; `''` when it says none. */
  readonly modelType: string;
  /** Length of its vectors; undefined when only running it tells. */
  readonly dimensions: number | undefined;
  readonly preprocessing: Preprocessing;
}
