import { FashionMatchError } from '@fashionmatch/domain';
import { z } from 'zod';

import { processorDefaults } from './model-families.js';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** How pixels are weighted when an image is resized; both widen with the scale when shrinking (antialiasing). */
export type ResizeFilter = 'bilinear' | 'bicubic';

/** What a model's authors did to an image before it: resize, then crop the centre, then scale each channel. */
export interface Preprocessing {
  /** A fixed size, whatever the image's shape; or the length of the shorter edge, keeping the shape. */
  readonly resize: Size | { readonly shortestEdge: number };
  /** What the model takes in: the crop's size, or the fixed size where nothing is cropped. */
  readonly inputSize: Size;
  readonly filter: ResizeFilter;
  /** A level v in 0…255 of channel c goes in as `(v · rescale − mean[c]) / std[c]`. */
  readonly rescale: number;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

const edge = z.int().min(1).max(4096);
const square = edge.transform((length) => ({ width: length, height: length }));
const size = z.object({ height: edge, width: edge });
const perChannel = z.tuple([z.number(), z.number(), z.number()]);

/** Values of `PIL.Image.Resampling`. */
const FILTERS: ReadonlyMap<number, ResizeFilter> = new Map([
  [2, 'bilinear'],
  [3, 'bicubic'],
]);

const processorSchema = z.object({
  image_processor_type: z.string().optional(),
  feature_extractor_type: z.string().optional(),
});

const fileSchema = z.object({
  do_resize: z.literal(true).default(true),
  size: z.union([edge, z.strictObject({ shortest_edge: edge }), size]),
  resample: z.int().default(3),
  do_center_crop: z.boolean().optional(),
  crop_size: z.union([square, size]).optional(),
  do_rescale: z.boolean().default(true),
  rescale_factor: z
    .number()
    .positive()
    .default(1 / 255),
  do_normalize: z.boolean().default(true),
  image_mean: perChannel.optional(),
  image_std: perChannel.refine((values) => values.every((value) => value > 0), 'must be above 0').optional(),
  do_pad: z.literal(false).optional(),
  do_flip_channel_order: z.literal(false).optional(),
});

/**
 * Reads the content of a `preprocessor_config.json`, or of a `processor_config.json` with an image processor in it, of
 * the CLIP, ViT, BiT or SigLIP image processors.
 *
 * @param origin The file's name, for messages.
 * @throws FashionMatchError `MODEL_INVALID` when it asks for steps that are not known here: doing only some of
 *   them would give vectors that look fine and are wrong.
 */
export function parsePreprocessorConfig(content: unknown, origin: string): Preprocessing {
  const given = withoutNulls(imageProcessorOf(content));
  const parsed = fileSchema.safeParse({ ...defaultsFor(given, origin), ...(typeof given === 'object' && given) });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.join('.') ?? '';
    throw invalid(origin, `${where === '' ? 'its content' : where} is not usable (${issue?.message ?? 'unknown'})`);
  }
  const file = parsed.data;

  const filter = FILTERS.get(file.resample);
  if (filter === undefined) throw invalid(origin, `resample ${String(file.resample)} is not supported, only 2 and 3`);

  const crop = (file.do_center_crop ?? true) ? file.crop_size : undefined;
  if (file.do_center_crop === true && crop === undefined) throw invalid(origin, 'crop_size is missing');
  const resize = resizeOf(file.size, crop !== undefined);
  const inputSize = crop ?? ('width' in resize ? resize : undefined);
  if (inputSize === undefined) throw invalid(origin, 'without crop_size, size must give a height and a width');
  const { width, height } = 'width' in resize ? resize : { width: resize.shortestEdge, height: resize.shortestEdge };
  if (inputSize.width > width || inputSize.height > height) throw invalid(origin, 'crop_size is larger than size');

  if (file.do_normalize && (file.image_mean === undefined || file.image_std === undefined)) {
    throw invalid(origin, 'image_mean and image_std are missing');
  }
  return {
    resize,
    inputSize,
    filter,
    rescale: file.do_rescale ? file.rescale_factor : 1,
    mean: (file.do_normalize ? file.image_mean : undefined) ?? [0, 0, 0],
    std: (file.do_normalize ? file.image_std : undefined) ?? [1, 1, 1],
  };
}

/** What the file's image processor takes for what the file does not say; nothing where it names no processor. */
function defaultsFor(given: unknown, origin: string): object {
  const { image_processor_type, feature_extractor_type } = processorSchema.safeParse(given).data ?? {};
  const processor = image_processor_type ?? feature_extractor_type;
  if (processor === undefined) return {};
  const defaults = processorDefaults(processor);
  if (defaults === undefined) throw invalid(origin, `the image processor ${processor} is not supported`);
  return defaults;
}

/** A processor of images and texts has the one of images within. */
function imageProcessorOf(content: unknown): unknown {
  const nested = z.object({ image_processor: z.record(z.string(), z.unknown()) }).safeParse(content);
  return nested.success ? nested.data.image_processor : content;
}

/** What the Fast processors write of a setting that they leave to their defaults is null. */
function withoutNulls(content: unknown): unknown {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return content;
  const entries: [string, unknown][] = Object.entries(content);
  return Object.fromEntries(entries.flatMap(([key, value]) => (value === null ? [] : [[key, withoutNulls(value)]])));
}

/** A single number means the shorter edge where a crop follows (CLIP), a square otherwise (ViT). */
function resizeOf(given: number | Size | { shortest_edge: number }, cropped: boolean): Preprocessing['resize'] {
  if (typeof given === 'object') return 'width' in given ? given : { shortestEdge: given.shortest_edge };
  return cropped ? { shortestEdge: given } : { width: given, height: given };
}

function invalid(origin: string, reason: string): FashionMatchError {
  return new FashionMatchError(
    'MODEL_INVALID',
    `The model's ${origin} cannot be followed: ${reason}. Use a model whose images are prepared as those of ` +
      'CLIP, DINOv2, ViT or SigLIP are.',
  );
}
