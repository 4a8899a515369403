import type { TextKind } from './model-families.js';

/** Number formats that a model's weights are published in. */
export const PRECISIONS = ['fp32', 'fp16', 'int8'] as const;

export type Precision = (typeof PRECISIONS)[number];

/** A file of a model, with what is known of its content. */
export interface CatalogueFile {
  /** In its repository or folder. */
  readonly path: string;
  /** Bytes, for progress; the hash decides. */
  readonly size?: number;
  /**
   * Lower-case hex. Where it is not known, the hub is trusted once: its own hash is checked at the download, kept in the
   * cache, and asked for from then on.
   */
  readonly sha256?: string;
}

/** A model that can be configured by name. */
export interface CatalogueModel {
  /** What its encoder is called wherever vectors are kept. */
  readonly name: string;
  /** A short name that can be configured as well. */
  readonly shortName?: string;
  /** On the Hugging Face hub; `''` for models that ship with this package. */
  readonly repository: string;
  /** A commit, 40 hex digits; `main` where none is pinned; `''` for models that ship with this package. */
  readonly revision: string;
  readonly licence: string;
  readonly dimensions: number;
  /** By precision; a precision that is missing is not published. Of int8, the file with unsigned weights if there are two. */
  readonly weights: Readonly<Partial<Record<Precision, CatalogueFile>>>;
  readonly preprocessor: CatalogueFile;
  /** Its text tower, in the same space as its images; undefined where there is none. */
  readonly text?: CatalogueTextTower;
}

/** The files of a text tower, of the same revision as the image encoder's. */
export interface CatalogueTextTower {
  readonly kind: TextKind;
  /** By precision; a precision that is missing is not published. */
  readonly weights: CatalogueModel['weights'];
  readonly tokenizer: CatalogueFile;
}

const PREPROCESSOR = 'preprocessor_config.json';
const TOKENIZER = 'tokenizer.json';

/** As exporters of SigLIP lay it out. */
const SIGLIP_TEXT: CatalogueTextTower = {
  kind: 'siglip',
  weights: {
    fp32: { path: 'onnx/text_model.onnx' },
    fp16: { path: 'onnx/text_model_fp16.onnx' },
    int8: { path: 'onnx/text_model_quantized.onnx' },
  },
  tokenizer: { path: TOKENIZER },
};

/**
 * What can be configured by a short name; any other repository or folder of the same layout works as well.
 * Both the names of the original's configuration and those of the repositories themselves are known.
 */
export const MODEL_CATALOGUE: readonly CatalogueModel[] = [
  {
    name: 'openai/clip-vit-base-patch32',
    repository: 'Xenova/clip-vit-base-patch32',
    revision: 'd15189d7028b43f1d3e65039190477f6af591c2a',
    licence: 'MIT',
    dimensions: 512,
    weights: {
      fp32: {
        path: 'onnx/vision_model.onnx',
        size: 351_685_709,
        sha256: 'fd6e1402a588279d1723c7534d4bcba5bc0b14b47dfab0e46f8c47b8270d7d40',
      },
      fp16: {
        path: 'onnx/vision_model_fp16.onnx',
        size: 176_080_659,
        sha256: '35c4e0fb0aeee527dcde1693520b214a34424a786babd530f35366bad5844efd',
      },
      int8: {
        path: 'onnx/vision_model_quantized.onnx',
        size: 89_117_001,
        sha256: '583fd1110a514667812fee7d684952aaf82a99b959760c8d7dca7e0ab9839299',
      },
    },
    preprocessor: {
      path: PREPROCESSOR,
      size: 520,
      sha256: '6f638fb9401a6d6296feff533ee7efe657b787c49f954f82f5906b36ef2a1b1f',
    },
    text: {
      kind: 'clip',
      weights: {
        fp32: {
          path: 'onnx/text_model.onnx',
          size: 254_058_553,
          sha256: '3f6571f5bad13a97c469c1622e1cfc4d9aef78b79fdbfcff804ca357bfada8cc',
        },
        fp16: { path: 'onnx/text_model_fp16.onnx' },
        int8: {
          path: 'onnx/text_model_quantized.onnx',
          size: 64_504_507,
          sha256: '73baab855d406190da9faa498cfedf65f15cf309f4cc7385b7b032e6d08e5c3a',
        },
      },
      tokenizer: {
        path: TOKENIZER,
        size: 2_224_119,
        sha256: 'f7f3b7af117d467b58374797691a6438d3e6b9e9cef800dfd5dced7f697a90cd',
      },
    },
  },
  {
    name: 'dinov2_vits14',
    repository: 'onnx-community/dinov2-small',
    revision: '8b1f705a3a7f6f062f6bdd21986c1583d3ef105d',
    licence: 'Apache-2.0',
    dimensions: 384,
    weights: {
      fp32: {
        path: 'onnx/model.onnx',
        size: 88_532_934,
        sha256: 'f22797eabf810a75e41de68d378541ebea372122b25c4ce3ef25ff618250c20a',
      },
      fp16: {
        path: 'onnx/model_fp16.onnx',
        size: 44_420_939,
        sha256: '16845e153bbaf3fd1ef8a2154c454940f901f6fe8a80dd4c6c319eaecdb4d2ee',
      },
      int8: {
        path: 'onnx/model_quantized.onnx',
        size: 24_446_700,
        sha256: 'c179f8f7f592449c4c1bca4cd124a7538021428c5ffb89afde9503935b197efb',
      },
    },
    preprocessor: {
      path: PREPROCESSOR,
      size: 436,
      sha256: '14e780d86fa1861f8751f868d7f45425b5feb55c38ca26f152ca5097ab30f828',
    },
  },
  {
    name: 'dinov2_vitb14',
    repository: 'onnx-community/dinov2-base',
    revision: '31ef06cac16d5d301c5930d147002a058c85a5e4',
    licence: 'Apache-2.0',
    dimensions: 768,
    weights: {
      fp32: {
        path: 'onnx/model.onnx',
        size: 346_627_111,
        sha256: '320d1012a6fc65b101fc85ca30ee7a47b2e4f6a2e8bd78fb9d7036def0e30cb0',
      },
    },
    preprocessor: { path: PREPROCESSOR },
  },
  {
    name: 'Marqo/marqo-fashionCLIP',
    shortName: 'marqo-fashion-clip',
    repository: 'Marqo/marqo-fashionCLIP',
    revision: '44f4c655124ed71e90cbf528d82f508d69d8a81b',
    licence: 'Apache-2.0',
    dimensions: 512,
    weights: {
      fp32: { path: 'onnx/vision_model.onnx' },
      fp16: { path: 'onnx/vision_model_fp16.onnx' },
      int8: { path: 'onnx/vision_model_quantized.onnx', size: 87_301_119 },
    },
    preprocessor: { path: PREPROCESSOR },
    text: {
      kind: 'clip',
      weights: {
        fp32: { path: 'onnx/text_model.onnx' },
        fp16: { path: 'onnx/text_model_fp16.onnx' },
        int8: { path: 'onnx/text_model_quantized.onnx' },
      },
      tokenizer: { path: TOKENIZER },
    },
  },
  {
    name: 'Marqo/marqo-fashionSigLIP',
    shortName: 'marqo-fashion-siglip',
    repository: 'Marqo/marqo-fashionSigLIP',
    revision: 'e5619578fd528afa0bf88d8fae37748336a57fa2',
    licence: 'Apache-2.0',
    dimensions: 768,
    weights: {
      fp32: { path: 'onnx/vision_model.onnx' },
      fp16: { path: 'onnx/vision_model_fp16.onnx' },
      int8: { path: 'onnx/vision_model_quantized.onnx' },
    },
    preprocessor: { path: PREPROCESSOR, size: 516 },
    text: SIGLIP_TEXT,
  },
  {
    name: 'google/siglip2-base-patch16-224',
    shortName: 'siglip2-base',
    repository: 'onnx-community/siglip2-base-patch16-224-ONNX',
    revision: 'ba1f3b0843f24bc5417d38e19c37b287d719b2f4',
    licence: 'Apache-2.0',
    dimensions: 768,
    weights: {
      fp32: { path: 'onnx/vision_model.onnx' },
      fp16: { path: 'onnx/vision_model_fp16.onnx', size: 186_039_516 },
      int8: { path: 'onnx/vision_model_quantized.onnx' },
    },
    preprocessor: { path: PREPROCESSOR },
    text: SIGLIP_TEXT,
  },
  {
    name: 'dinov3-small',
    repository: 'onnx-community/dinov3-vits16-pretrain-lvd1689m-ONNX',
    revision: '48988dfe73065df8d6f5ccc0edc7c8bcf307de41',
    licence: 'DINOv3 License',
    dimensions: 384,
    weights: { fp32: { path: 'onnx/model.onnx', size: 137_969 }, int8: { path: 'onnx/model_quantized.onnx' } },
    preprocessor: { path: PREPROCESSOR },
  },
  {
    name: 'builtin/colour-layout',
    repository: '',
    revision: '',
    licence: 'MIT',
    dimensions: 512,
    weights: {
      fp32: {
        path: 'onnx/model.onnx',
        size: 150_918,
        sha256: '2d59f2d928d0de03c3ec149a1747493e29e6610288d318e3221987eb3a97f6a7',
      },
    },
    preprocessor: { path: PREPROCESSOR },
  },
  {
    name: 'builtin/structure',
    repository: '',
    revision: '',
    licence: 'MIT',
    dimensions: 384,
    weights: {
      fp32: {
        path: 'onnx/model.onnx',
        size: 83_624,
        sha256: '942584f239de1e37ddd993ddb3a88c27af10fefc324f17edfe472bb9c39cb64c',
      },
    },
    preprocessor: { path: PREPROCESSOR },
  },
];

/** The row of a name, of a short name, or of the repository that it stands for. */
export function catalogueModel(name: string): CatalogueModel | undefined {
  if (name === '') return undefined;
  return MODEL_CATALOGUE.find((model) => [model.name, model.shortName, model.repository].includes(name));
}
