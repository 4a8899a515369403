import type { Graph } from '../onnx/graph.js';
import { CLIP_EMBEDDING } from './clip.js';
import { CLIP_TEXT, clipText } from './clip-text.js';
import { CLIP_VOCABULARY, clipTokenizer } from './clip-tokenizer.js';
import { clipVision, VIT_B_32 } from './clip-vision.js';
import { dinov2, VIT_S_14 } from './dinov2.js';
import { floatLayers } from './float-layers.js';
import { int8Layers, uint8Layers } from './int8-layers.js';
import type { TransformerShape } from './transformer.js';

/** A model in the layout of the Hugging Face hub. */
export interface ModelFolder {
  readonly name: string;
  /** By their path in the folder; made when they are asked for. */
  readonly graphs: ReadonlyMap<string, () => Graph>;
  /** Contents of JSON files, by their path in the folder. */
  readonly documents: ReadonlyMap<string, unknown>;
}

export interface RandomModelOptions {
  /** Narrow models of two blocks that are written in a moment; what goes in and comes out is as in the real ones. */
  readonly tiny?: boolean;
  /** Blocks of each model, in place of 12 (or 2). */
  readonly blocks?: number | undefined;
}

/** Narrower than the real ones by as much as their outputs allow. */
const TINY_CLIP: TransformerShape = { blocks: 2, width: 32, heads: 2, hidden: 64 };
const TINY_DINO: TransformerShape = { blocks: 2, width: 384, heads: 6, hidden: 384 };

/** CLIP ViT-B/32 and DINOv2 ViT-S/14 as they are published, in float32 and dynamic int8, signed and unsigned, with random
 * weights. */
export function randomModels({ tiny = false, blocks }: RandomModelOptions): ModelFolder[] {
  const shape = (real: TransformerShape, small: TransformerShape): TransformerShape => {
    const chosen = tiny ? small : real;
    return { ...chosen, blocks: blocks ?? chosen.blocks };
  };
  return [clip(shape(VIT_B_32, TINY_CLIP), shape(CLIP_TEXT, TINY_CLIP)), dino(shape(VIT_S_14, TINY_DINO))];
}

function clip(vision: TransformerShape, text: TransformerShape): ModelFolder {
  return {
    name: 'clip-vit-base-patch32',
    graphs: new Map([
      ['onnx/vision_model.onnx', () => clipVision(floatLayers, vision)],
      ['onnx/vision_model_int8.onnx', () => clipVision(int8Layers, vision)],
      ['onnx/vision_model_uint8.onnx', () => clipVision(uint8Layers, vision)],
      ['onnx/text_model.onnx', () => clipText(floatLayers, text)],
      ['onnx/text_model_int8.onnx', () => clipText(int8Layers, text)],
      ['onnx/text_model_uint8.onnx', () => clipText(uint8Layers, text)],
    ]),
    documents: new Map<string, unknown>([
      [
        'config.json',
        {
          architectures: ['CLIPModel'],
          model_type: 'clip',
          projection_dim: CLIP_EMBEDDING,
          text_config: {
            ...sizes(text),
            hidden_act: 'quick_gelu',
            max_position_embeddings: 77,
            vocab_size: CLIP_VOCABULARY,
          },
          vision_config: { ...sizes(vision), hidden_act: 'quick_gelu', image_size: 224, patch_size: 32 },
        },
      ],
      [
        'preprocessor_config.json',
        preprocessing(224, {
          feature_extractor_type: 'CLIPFeatureExtractor',
          image_mean: [0.48145466, 0.4578275, 0.40821073],
          image_processor_type: 'CLIPFeatureExtractor',
          image_std: [0.26862954, 0.26130258, 0.27577711],
        }),
      ],
      ['tokenizer.json', clipTokenizer()],
    ]),
  };
}

function dino(shape: TransformerShape): ModelFolder {
  return {
    name: 'dinov2-small',
    graphs: new Map([
      ['onnx/model.onnx', () => dinov2(floatLayers, shape)],
      ['onnx/model_int8.onnx', () => dinov2(int8Layers, shape)],
      ['onnx/model_uint8.onnx', () => dinov2(uint8Layers, shape)],
    ]),
    documents: new Map<string, unknown>([
      [
        'config.json',
        {
          architectures: ['Dinov2Model'],
          model_type: 'dinov2',
          ...sizes(shape),
          hidden_act: 'gelu',
          image_size: 518,
          patch_size: 14,
        },
      ],
      [
        'preprocessor_config.json',
        preprocessing(256, {
          image_mean: [0.485, 0.456, 0.406],
          image_processor_type: 'BitImageProcessor',
          image_std: [0.229, 0.224, 0.225],
        }),
      ],
    ]),
  };
}

/** The published file, to the byte; its keys are in the order of the alphabet. */
function preprocessing(shortestEdge: number, particulars: Readonly<Record<string, unknown>>) {
  return {
    crop_size: { height: 224, width: 224 },
    do_center_crop: true,
    do_convert_rgb: true,
    do_normalize: true,
    do_rescale: true,
    do_resize: true,
    ...particulars,
    resample: 3,
    rescale_factor: 1 / 255,
    size: { shortest_edge: shortestEdge },
  };
}

function sizes({ blocks, width, heads, hidden }: TransformerShape) {
  return { hidden_size: width, intermediate_size: hidden, num_attention_heads: heads, num_hidden_layers: blocks };
}
