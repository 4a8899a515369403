/** What is particular to a family of models. */
interface ModelFamily {
  /** Values of `model_type` in a `config.json`. */
  readonly types: RegExp;
  /** The image processor of Hugging Face transformers that comes with it, as the name of its class begins. */
  readonly processor?: 'CLIP' | 'ViT' | 'Bit' | 'Siglip' | 'DINOv3ViT';
  /** The field of `config.json` that has the length of its vectors; only running it tells where there is none. */
  readonly dimensions?: 'projection_dim' | 'hidden_size';
  /** Its first row is a patch like any other, and no vector of the image. */
  readonly withoutClassToken?: true;
  /** Its text tower takes tokens as CLIP's does. Others (SigLIP's) cut and pad texts in ways of their own. */
  readonly readsText?: true;
}

const FAMILIES: readonly ModelFamily[] = [
  { types: /^clip$/, processor: 'CLIP', dimensions: 'projection_dim', readsText: true },
  { types: /^clip_vision_model$/, processor: 'CLIP', dimensions: 'projection_dim' },
  { types: /^fashionmatch-/, dimensions: 'projection_dim' },
  { types: /^dinov2$/, processor: 'Bit', dimensions: 'hidden_size' },
  { types: /^dinov3_vit$/, processor: 'DINOv3ViT' },
  { types: /^vit$/, processor: 'ViT' },
  { types: /siglip/i, processor: 'Siglip', withoutClassToken: true },
  { types: /convnext|swin/i, withoutClassToken: true },
];

/** @param modelType of a `config.json`; `''` where it has none. Of a family that is not known, nothing is particular. */
export function familyOf(modelType: string): Omit<ModelFamily, 'types'> {
  return FAMILIES.find(({ types }) => types.test(modelType)) ?? {};
}

/** The classes of image processors whose steps are known here, all of them and no others. */
export const KNOWN_PROCESSORS = new RegExp(
  `^(${FAMILIES.flatMap(({ processor = [] }) => processor).join('|')})(ImageProcessor|FeatureExtractor)(Fast|Pil)?$`,
);
