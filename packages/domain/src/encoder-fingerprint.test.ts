import { expect, test } from '@jest/globals';

import { waysToUse } from './encoder-fingerprint.js';

const OTHERS = ['choose another collection', 'embed again'];

test.each([
  [undefined, 'set models.dino_model back, choose another collection, or embed again'],
  [
    ['models.precision', 'models.resample'],
    'set models.precision and models.resample back, choose another collection, or embed again',
  ],
  [[], 'choose another collection, or embed again'],
])('settings %p', (settings, expected) => {
  const settingsBehind = settings && ((id: string) => (id === 'other' ? settings : []));
  expect(waysToUse('other', 'dino', { id: 'ours', dimensions: 3, settingsBehind }, OTHERS)).toBe(expected);
});
