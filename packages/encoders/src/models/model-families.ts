const CLIP_LEVELS = {
  image_mean: [0.48145466, 0.4578275, 0.40821073],
  image_std: [0.26862954, 0.26130258, 0.27577711],
} as const;
const IMAGENET_LEVELS = { image_mean: [0.485, 0.456, 0.406], image_std: [0.229, 0.224, 0.225] } as const;
const EVEN_LEVELS = { image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5] } as const;
const CROPPED = { size: { shortest_edge: 224 }, crop_size: 224 } as const;
const SQUEEZED = { size: { height: 224, width: 224 } } as const;

/**
 * The image processors of Hugging Face transformers whose steps are known here, as the names of their classes begin, with
 * what each takes for what its file does not say (transformers 4.57, 5.24). `resample` is 2 for bilinear, 3 for bicubic.
 */
const PROCESSORS = {
  CLIP: { resample: 3, ...CROPPED, ...CLIP_LEVELS },
  Bit: { resample: 3, ...CROPPED, ...CLIP_LEVELS },
  ViT: { resample: 2, ...SQUEEZED, ...EVEN_LEVELS },
  DINOv3ViT: { resample: 2, ...SQUEEZED, ...IMAGENET_LEVELS },
  Siglip: { resample: 3, ...SQUEEZED, ...EVEN_LEVELS },
} as const;

/** How a text becomes the tokens that a text tower takes. */
export type TextKind = 'clip' | 'siglip';

/** What is particular to a family of models. */
interface ModelFamily {
  /** Values of `model_type` in a `config.json`. */
  readonly types: RegExp;
  /** Images and texts meet behind a projection: what comes before it, `pooler_output`, is no vector of that space. */
  readonly projects?: true;
  /** The field of `config.json` that has the length of its vectors; only running it tells where there is none. */
  readonly dimensions?: 'projection_dim' | 'hidden_size';
  /** Its first row is a patch like any other, and no vector of the image. */
  readonly withoutClassToken?: true;
  /** Its text tower takes tokens as that of this kind does; undefined where nobody knows how texts are cut and padded. */
  readonly readsText?: TextKind;
}

const FAMILIES: readonly ModelFamily[] = [
  { types: /^clip$/, dimensions: 'projection_dim', projects: true, readsText: 'clip' },
  { types: /^clip_vision_model$/, dimensions: 'projection_dim', projects: true },
  { types: /^fashionmatch-/, dimensions: 'projection_dim' },
  // The class token comes first, before the registers where there are some.
  { types: /^(dinov2(_with_registers)?|dinov3_vit)$/, dimensions: 'hidden_size' },
  { types: /siglip/i, withoutClassToken: true, readsText: 'siglip' },
  { types: /convnext|swin/i, withoutClassToken: true },
];

/** @param modelType of a `config.json`; `''` where it has none. Of a family that is not known, nothing is particular. */
export function familyOf(modelType: string): Omit<ModelFamily, 'types'> {
  return FAMILIES.find(({ types }) => types.test(modelType)) ?? {};
}

/**
 * What an image processor of this class takes for what its file does not say, as the file would say it; undefined when
 * nobody knows its steps here.
 */
export function processorDefaults(processorClass: string): object | undefined {
  const [, name = ''] = /^(.*?)(?:ImageProcessor|FeatureExtractor)(?:Fast|Pil)?$/.exec(processorClass) ?? [];
  return Object.entries(PROCESSORS).find(([known]) => known === name)?.[1];
}
