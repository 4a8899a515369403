import type { PrecisionComparison, SpaceComparison } from '@fashionmatch/pipeline';

/** `models compare --json`. */
export function comparisonDocument({ images, spaces }: PrecisionComparison): object {
  const space = ({ meanCosine, minCosine, sameNearest }: SpaceComparison): object => ({
    mean_cosine: meanCosine,
    min_cosine: minCosine,
    same_nearest: Number.isNaN(sameNearest) ? null : sameNearest,
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
  const row = (name: string, { meanCosine, minCosine, sameNearest }: SpaceComparison): string => {
    const nearest = Number.isNaN(sameNearest) ? '' : `${(100 * sameNearest).toFixed(1)} %`;
    return `  ${name.padEnd(8)}${meanCosine.toFixed(4).padStart(12)}${minCosine.toFixed(4).padStart(12)}${nearest.padStart(14)}`.trimEnd();
  };
  return [
    `int8 against fp32, on ${String(images)} images:`,
    '           cosine mean  cosine min  same nearest',
    row('CLIP', spaces.clip),
    row('DINOv2', spaces.dino),
    '',
  ].join('\n');
}
