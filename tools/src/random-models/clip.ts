import type { BlockNames } from './transformer.js';

/** Numbers in the space that both towers of CLIP ViT-B/32 share. */
export const CLIP_EMBEDDING = 512;

export const CLIP_EPSILON = 1e-5;

export const CLIP_BLOCK: BlockNames = {
  attentionNorm: 'layer_norm1',
  attention: 'self_attn',
  query: 'self_attn/q_proj',
  key: 'self_attn/k_proj',
  value: 'self_attn/v_proj',
  attentionOutput: 'self_attn/out_proj',
  feedForwardNorm: 'layer_norm2',
  activation: 'mlp/activation_fn',
};
