import type { Preprocessing, Size } from '../models/preprocessor-config.js';

export interface Rectangle extends Size {
  readonly left: number;
  readonly top: number;
}

/** What to do to an image of one size, in whole pixels and in this order. */
export interface ResizePlan {
  /** The part of the image that is looked at. */
  readonly source: Rectangle;
  /** What that part is resized to. */
  readonly resized: Size;
  /** The part of the resized image that is kept. */
  readonly crop: Rectangle;
}

/**
 * Of an image more than this many times as long as it is wide, the centre crop shows a small part of the middle:
 * the ends are cut off before resizing, or a strip of 1×100,000,000 pixels would grow to 22 billion.
 */
const MAX_ASPECT = 64;

/** The size of a decoded image. */
export interface ImageSize extends Size {
  /** The size in its file, upright, where the decoder has made it smaller: what follows is computed from this. */
  readonly reducedFrom?: Size;
}

/**
 * The sizes that Pillow and torchvision use for CLIP and DINOv2: the longer edge is truncated, and so is the crop's
 * offset. Rounding either the other way moves the picture by up to a pixel (28 dB instead of 53 on photographs).
 */
export function planResize(image: ImageSize, { resize, inputSize }: Preprocessing): ResizePlan {
  const { width, height, reducedFrom } = image;
  const source = 'width' in resize ? { left: 0, top: 0, width, height } : withoutEnds({ width, height });
  const whole = source.width === width && source.height === height;
  const shape = whole ? (reducedFrom ?? source) : source;
  const resized = 'width' in resize ? resize : scaledTo(shape, resize.shortestEdge);
  const crop = {
    left: Math.floor((resized.width - inputSize.width) / 2),
    top: Math.floor((resized.height - inputSize.height) / 2),
    width: inputSize.width,
    height: inputSize.height,
  };
  return { source, resized, crop };
}

function scaledTo({ width, height }: Size, shortestEdge: number): Size {
  return width <= height
    ? { width: shortestEdge, height: Math.trunc((shortestEdge * height) / width) }
    : { width: Math.trunc((shortestEdge * width) / height), height: shortestEdge };
}

/** The same number of pixels goes on both ends, so that the middle stays the middle. */
function withoutEnds({ width, height }: Size): Rectangle {
  const left = Math.max(0, Math.ceil((width - height * MAX_ASPECT) / 2));
  const top = Math.max(0, Math.ceil((height - width * MAX_ASPECT) / 2));
  return { left, top, width: width - 2 * left, height: height - 2 * top };
}

/** How long the shorter edge of an image needs to stay while it is decoded, in pixels: more is not seen. */
export interface SufficientEdges {
  /** Where a filter does all the work. 55 dB on photographs. */
  readonly filtered: number;
  /** Where libjpeg scales a JPEG down, before a filter takes over. 52 to 54 dB on photographs, and much faster. */
  readonly scaled: number;
}

/**
 * How many times as long as a model's edge libjpeg has to leave an image: it cuts frequencies off more sharply than
 * a filter does, and from 2.33 times on that costs no photograph of the sample wardrobe its 50 dB.
 */
const LEFT_BY_LIBJPEG = 7 / 3;

/**
 * How large images need to be decoded for these models; decoding more costs the most of all that is done to them.
 *
 * @returns `undefined` when the models' sizes are too far apart for one size to suit all.
 */
export function sufficientEdges(models: readonly Preprocessing[]): SufficientEdges | undefined {
  const edges = models.map(({ resize }) =>
    'width' in resize ? Math.min(resize.width, resize.height) : resize.shortestEdge,
  );
  const largest = Math.max(...edges);
  const filtered = justUnderFourTimes(Math.min(...edges));
  return filtered >= 3 * largest ? { filtered, scaled: Math.ceil(LEFT_BY_LIBJPEG * largest) } : undefined;
}

/**
 * The most that libvips shrinks to `length` with a filter alone. From four times on it averages pixels first, and
 * its rounding shifts the levels of textures by up to half a level (48 dB instead of 55): two steps that are
 * smaller each are closer, and as fast. Five pixels less than four times, because the longer edge is truncated.
 */
export function justUnderFourTimes(length: number): number {
  return Math.max(1, 4 * length - 5);
}
