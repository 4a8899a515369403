import { reasonOf } from '@fashionmatch/domain';

import { createSession } from './onnx-runtime.js';
import { DEVICES } from './devices.js';

// A process of its own, for a device whose libraries write to the terminal: opens a model there, or says why it can't.

const [modelPath = '', name] = process.argv.slice(2);
const device = DEVICES.find((known) => known === name);
try {
  if (device === undefined || device === 'auto') throw new RangeError(`There is no device ${String(name)}`);
  await (await createSession(modelPath, device, 1)).release();
} catch (error) {
  process.stdout.write(reasonOf(error));
  process.exitCode = 1;
}
