import { BACKDROPS } from './backdrop.js';
import { PATTERNS } from './fabric.js';
import { GARMENT_KINDS, GARMENTS, type GarmentKind } from './garments.js';
import { COLOUR_NAMES } from './palette.js';
import type { Look, Setting } from './photograph.js';

const LOOKS_PER_KIND = 12;
const OTHERS_PER_KIND = 2;

/** Ordinary photo sizes, in pixels. */
const SIZES: readonly [Size, ...Size[]] = [
  { width: 900, height: 1200 },
  { width: 1200, height: 1600 },
  { width: 1080, height: 1350 },
  { width: 1000, height: 1000 },
  { width: 1280, height: 960 },
];

type Size = Pick<Setting, 'width' | 'height'>;

/** Sixty garments, no two alike. */
export const WARDROBE: readonly Look[] = GARMENT_KINDS.flatMap((kind) => looks(kind, 0, LOOKS_PER_KIND));

/** Garments that the wardrobe lacks. */
export const OTHER_LOOKS: readonly Look[] = GARMENT_KINDS.flatMap((kind) =>
  looks(kind, LOOKS_PER_KIND, OTHERS_PER_KIND),
);

/** Such as `navy striped t-shirt`. */
export function nameOf({ colour, pattern, garment }: Look): string {
  return `${colour} ${pattern} ${garment.name}`;
}

export function randomSetting(random: () => number): Setting {
  return { backdrop: pick(BACKDROPS, random()), ...pick(SIZES, random()) };
}

/** The element at a place in [0, 1). */
export function pick<T>(choices: readonly [T, ...T[]], place: number): T {
  return at(choices, Math.floor(place * choices.length));
}

function looks(kind: GarmentKind, first: number, count: number): Look[] {
  const k = GARMENT_KINDS.indexOf(kind);
  return Array.from({ length: count }, (_, n) => {
    const i = first + n;
    return {
      // Steps without a common factor with the lengths: every colour differs, and patterns meet all shapes.
      garment: at(GARMENTS[kind], i + Math.floor(i / PATTERNS.length)),
      pattern: at(PATTERNS, i + k),
      colour: at(COLOUR_NAMES, i * 5 + k * 3),
    };
  });
}

/** The element at an index that starts again after the last. */
function at<T>(choices: readonly [T, ...T[]], index: number): T {
  const chosen = choices[index % choices.length];
  return chosen === undefined ? choices[0] : chosen;
}
