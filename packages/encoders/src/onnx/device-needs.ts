import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import type { kindOf, UsedDevice } from './devices.js';

/** What has to be there for a device, in one clause; docs/devices.md says more. */
export const DEVICE_NEEDS: Readonly<Record<ReturnType<typeof kindOf>, string>> = {
  cpu: 'nothing has to be installed for it',
  cuda:
    'it needs Linux on x64, the driver of an NVIDIA card, CUDA 12 with cuDNN 9, and ONNX Runtime’s own libraries, which ' +
    '`node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install=cuda12` downloads',
  webgpu: 'it needs a graphics card with its driver: Vulkan on Linux, Direct3D 12 on Windows, Metal on macOS',
  coreml: 'it needs macOS',
  dml: 'it needs Windows with DirectX 12',
};

const TRIAL = fileURLToPath(new URL('../../dist/onnx/try-device.js', import.meta.url));

/** Its libraries (Dawn) write to the terminal where they find nothing to run on. */
const WRITES_TO_TERMINAL: ReadonlySet<UsedDevice> = new Set(['webgpu']);

const TRIAL_DEADLINE_MS = 60_000;

/**
 * Opens a model on a device in a process of its own first, where that device's libraries would write to the terminal.
 *
 * @throws Error with the library's reason when it cannot be used.
 */
export function tryApart(modelPath: string, device: UsedDevice): Promise<void> {
  if (!WRITES_TO_TERMINAL.has(device)) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const args = [TRIAL, modelPath, device];
    execFile(process.execPath, args, { timeout: TRIAL_DEADLINE_MS }, (error, stdout) => {
      if (error === null) resolve();
      else reject(new Error(stdout === '' ? 'trying it ended the process' : stdout));
    });
  });
}
