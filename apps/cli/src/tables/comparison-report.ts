import type { PrecisionComparison, SpaceComparison } from '@fashionmatch/pipeline';

/** `models compare --json`. */
export function comparisonDocument({ images, spaces }: PrecisionComparison): object {
  const space = ({ meanCosine, minCosine, sameNearest, nearestOverlap }: SpaceComparison): object => ({
    mean_cosine: meanCosine,
    min_cosine: minCosine,
    same_nearest: Number.isNaN(sameNearest) ? null : sameNearest,
    top_10_overlap: Number.isNaN(nearestOverlap) ? null : nearestOverlap,
  });
  return {
    schema_version: 1,
    precisions: ['fp32', 'int8'],
    images,
    clip: space(spaces.clip),
    dino: space(spaces.dino),
  };
}

/** The same for people. */
export function comparisonTable({ images, spaces }: PrecisionComparison): string {
  const share = (value: number): string => (Number.isNaN(value) ? '' : `${(100 * value).toFixed(1)} %`);
  const row = (name: string, { meanCosine, minCosine, sameNearest, nearestOverlap }: SpaceComparison): string => {
    const cosines = meanCosine.toFixed(4).padStart(12) + minCosine.toFixed(4).padStart(12);
    return `  ${name.padEnd(8)}${cosines}${share(sameNearest).padStart(14)}${share(nearestOverlap).padStart(16)}`.trimEnd();
  };
  return [
    `int8 against fp32, on ${String(images)} images:`,
    '           cosine mean  cosine min  same nearest  top-10 overlap',
    row('CLIP', spaces.clip),
    row('DINOv2', spaces.dino),
    '',
  ].join('\n');
}
