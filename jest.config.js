import { join } from 'node:path';

import { preset } from './jest.preset.js';

const PACKAGES = [
  'packages/domain',
  'packages/storage',
  'packages/encoders',
  'packages/queue',
  'packages/pipeline',
  'apps/cli',
];

export default preset(...[...PACKAGES, 'examples', 'tools'].map((folder) => join(import.meta.dirname, folder)));
