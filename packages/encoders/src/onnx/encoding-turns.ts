import { availableParallelism } from 'node:os';

import pLimit from 'p-limit';

import { devicesTogether, devicesToTry, type Device } from './devices.js';

/** Lets something run when its turn comes. */
export type Turns = <T>(run: () => Promise<T>) => Promise<T>;

/** As many as a model has copies, which share the cores. */
const RUNS_AT_ONCE = 2;

/**
 * For encoders that work side by side: together they run no more at once than one of them would alone, in the order
 * in which they were asked. Four runs on the cores for two finish no more images, but each of them later: a batch
 * would wait for the one behind it. Each of several devices has as many.
 *
 * @param threads as the encoders are given them: with one, one runs at a time, so that a process which was given one core
 *   leaves the others to others.
 */
export function encodingTurns(
  device: Device | readonly Device[] = 'auto',
  threads: number = availableParallelism(),
): Turns {
  const together = devicesTogether(device)?.devices.length ?? 1;
  const mayBeCpu = devicesToTry(device).includes('cpu');
  return pLimit((mayBeCpu ? Math.min(RUNS_AT_ONCE, threads) : RUNS_AT_ONCE) * together);
}
