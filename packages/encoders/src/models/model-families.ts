/** What is particular to a family of models. */
interface ModelFamily {
  /** Values of `model_type` in a `config.json`. */
  readonly types: RegExp;
  /** The image processor of Hugging Face transformers that comes with it, as the name of its class begins. */
  readonly processor?: 'CLIP' | 'ViT' | 'Bit' | 'Siglip' | 'DINOv3ViT';
  /** Its processor resizes bilinearly where its file does not say how; others bicubically (transformers 4.57, 5.24). */
  readonly resizesBilinearly?: true;
  /** Images and texts meet behind a projection: what comes before it, `pooler_output`, is no vector of that space. */
  readonly projects?: true;
  /** The field of `config.json` that has the length of its vectors; only running it tells where there is none. */
  readonly dimensions?: 'projection_dim' | 'hidden_size';
  /** Its first row is a patch like any other, and no vector of the image. */
  readonly withoutClassToken?: true;
  /** Its text tower takes tokens as CLIP's does. Others (SigLIP's) cut and pad texts in ways of their own. */
  readonly readsText?: true;
}

const FAMILIES: readonly ModelFamily[] = [
  { types: /^clip$/, processor: 'CLIP', dimensions: 'projection_dim', projects: true, readsText: true },
  { types: /^clip_vision_model$/, processor: 'CLIP', dimensions: 'projection_dim', projects: true },
  { types: /^fashionmatch-/, dimensions: 'projection_dim' },
  { types: /^dinov2$/, processor: 'Bit', dimensions: 'hidden_size' },
  { types: /^dinov3_vit$/, processor: 'DINOv3ViT', resizesBilinearly: true },
  { types: /^vit$/, processor: 'ViT', resizesBilinearly: true },
  { types: /siglip/i, processor: 'Siglip', withoutClassToken: true },
  { types: /convnext|swin/i, withoutClassToken: true },
];

/** @param modelType of a `config.json`; `''` where it has none. Of a family that is not known, nothing is particular. */
export function familyOf(modelType: string): Omit<ModelFamily, 'types'> {
  return FAMILIES.find(({ types }) => types.test(modelType)) ?? {};
}

/** Whether an image processor of this class resizes bilinearly where its file does not say how. */
export function resizesBilinearly(processorClass: string): boolean {
  return FAMILIES.some(
    (family) => family.resizesBilinearly && processorClass.startsWith(`${family.processor ?? ''}Image`),
  );
}

/** The classes of image processors whose steps are known here, all of them and no others. */
export const KNOWN_PROCESSORS = new RegExp(
  `^(${FAMILIES.flatMap(({ processor = [] }) => processor).join('|')})(ImageProcessor|FeatureExtractor)(Fast|Pil)?$`,
);
