import { expect, test } from '@jest/globals';

import { comparisonDocument, comparisonTable } from './comparison-report.js';

const comparison = {
  images: 40,
  spaces: {
    clip: { meanCosine: 0.94321, minCosine: 0.9, sameNearest: 0.775, nearestOverlap: 0.81 },
    dino: { meanCosine: 0.99, minCosine: 0.981, sameNearest: NaN, nearestOverlap: NaN },
  },
};

test('the document has the names that a program expects', () => {
  expect(comparisonDocument(comparison)).toEqual({
    schema_version: 1,
    precisions: ['fp32', 'int8'],
    images: 40,
    clip: { mean_cosine: 0.94321, min_cosine: 0.9, same_nearest: 0.775, top_10_overlap: 0.81 },
    dino: { mean_cosine: 0.99, min_cosine: 0.981, same_nearest: null, top_10_overlap: null },
  });
});

test('the table has aligned columns', () => {
  expect(comparisonTable(comparison)).toBe(`int8 against fp32, on 40 images:
           cosine mean  cosine min  same nearest  top-10 overlap
  CLIP          0.9432      0.9000        77.5 %          81.0 %
  DINOv2        0.9900      0.9810
`);
});
