import { readFile } from 'node:fs/promises';

/** The kernel keeps the highest value itself, so a look now and then misses only what comes after the last one. */
const LOOK_EVERY_MS = 100;

/**
 * Watches the most memory that a process has held at once (`VmHWM`), until it ends.
 *
 * @returns a function that gives the bytes seen so far; `undefined` where there is no `/proc`.
 */
export function watchPeakMemory(processId: number): () => number | undefined {
  let peak: number | undefined;
  const look = async (): Promise<void> => {
    const status = await readFile(`/proc/${String(processId)}/status`, 'utf8').catch(() => undefined);
    const kibibytes = /^VmHWM:\s*(\d+) kB$/m.exec(status ?? '')?.[1];
    if (status === undefined) clearInterval(timer);
    if (kibibytes !== undefined) peak = Number(kibibytes) * 1024;
  };
  const timer = setInterval(() => void look(), LOOK_EVERY_MS);
  timer.unref();
  return () => peak;
}
