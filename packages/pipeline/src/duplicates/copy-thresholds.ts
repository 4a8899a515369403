import { perSpace, type PerSpace } from '@fashionmatch/domain';

import type { EncoderHandle } from '../hybrid-scorer.js';

/**
 * The scores that copies of one picture have at least and other pictures hardly ever, as
 * `tools/dist/measure-duplicates.js` measured them on drawn garments (docs/duplicates.md).
 */
const MEASURED: Readonly<Record<string, number>> = {
  'builtin/colour-layout': 0.97,
  'builtin/structure': 0.96,
};

/** For models that were not measured: rather a copy too few than another garment among them. */
const UNMEASURED = 0.97;

/** The cosines from which on two pictures are taken for copies of one, by the models that made the vectors. */
export function copyThresholds(handles: PerSpace<Pick<EncoderHandle, 'model'>>): PerSpace<number> {
  return perSpace((space) => MEASURED[handles[space].model.name] ?? UNMEASURED);
}
