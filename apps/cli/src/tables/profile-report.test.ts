import { expect, test } from '@jest/globals';
import { STAGES, type RunProfile } from '@fashionmatch/pipeline';

import { profileDocument, profileTable } from './profile-report.js';

const idle = { items: 0, busySeconds: 0, callSeconds: 0 };

const profile: RunProfile = {
  seconds: 20,
  cpuSeconds: 36,
  cores: 2,
  images: 100,
  stages: {
    discover: { items: 0, busySeconds: 0.5, callSeconds: 0.5 },
    load: { items: 0, busySeconds: 1, callSeconds: 1 },
    download: idle,
    read: idle,
    decode: { items: 110, busySeconds: 4, callSeconds: 6 },
    preprocess: { items: 100, busySeconds: 2, callSeconds: 2 },
    clip: { items: 100, busySeconds: 12.5, callSeconds: 12.5 },
    dino: { items: 100, busySeconds: 18, callSeconds: 18 },
    store: { items: 100, busySeconds: 1, callSeconds: 1 },
  },
  boundedBy: 'dino',
  withTwiceTheCores: 9.1,
  withInt8: 8,
};

test('the document has every stage, with rates and shares', () => {
  expect(profileDocument(profile)).toMatchObject({
    seconds: 20,
    cpu_seconds: 36,
    images_per_second: 5,
    stages: { clip: { items: 100, seconds: 12.5, items_per_second: 8, share: 0.625 }, read: { items: 0, share: 0 } },
    bounded_by: 'dino',
    estimates: { twice_the_cores_images_per_second: 9.1, int8_images_per_second: 8 },
  });
  expect(profileDocument(profile)).toHaveProperty('stages.read', { items: 0, seconds: 0, share: 0 });
});

test('a run of nothing divides by nothing', () => {
  const stages = Object.fromEntries(STAGES.map((stage) => [stage, idle]));
  const nothing = { ...profile, seconds: 0, images: 0, stages: { ...profile.stages, ...stages }, boundedBy: undefined };
  expect(profileDocument(nothing)).toMatchObject({ images_per_second: 0, bounded_by: null });
});

test('the table says what bounded the run and what would help', () => {
  expect(profileTable(profile)).toBe(`PROFILE (stages overlap: shares are of the time that the run took)
  stage         seconds    items/s   share
  discover         0.50                3 %
  load             1.00                5 %
  decode           4.00       27.5    20 %
  preprocess       2.00       50.0    10 %
  clip            12.50        8.0    63 %
  dino            18.00        5.6    90 %
  store            1.00      100.0     5 %

  100 images encoded in 20.00 s; 90 % of 2 cores busy.
  Bounded by: dino
  Twice the cores: about 9.1 images/s in place of 5.0
  models.precision int8: about 8.0 images/s in place of 5.0
`);
});
