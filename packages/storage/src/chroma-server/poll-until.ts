import { setTimeout as delay } from 'node:timers/promises';

/** Asks until the answer is yes. Gives false when `deadlineMs` have passed without one. */
export async function pollUntil(
  isDone: () => boolean | Promise<boolean>,
  deadlineMs: number,
  intervalMs = 25,
): Promise<boolean> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    if (await isDone()) return true;
    if (performance.now() >= deadline) return false;
    await delay(intervalMs);
  }
}
