/** How long work that is under way when a run is stopped may still take: an encoding call on a slow machine, say. */
const GRACE_MS = 2_000;

/**
 * What the work gives; undefined when the signal aborts and the work takes much longer than that. It then goes on
 * with nobody waiting, and nobody hears of its fault.
 */
export async function withinGrace<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
  if (signal === undefined) return work;
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const overdue = new Promise<undefined>((resolve) => {
    onAbort = (): void => {
      timer = setTimeout(resolve, GRACE_MS, undefined);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort);
  });
  try {
    return await Promise.race([work, overdue]);
  } finally {
    clearTimeout(timer);
    if (onAbort) signal.removeEventListener('abort', onAbort);
  }
}
