import { readFile } from 'node:fs/promises';

import { z } from 'zod';

/** A process that can be told from a later one with the same number. */
export const processIdentitySchema = z.object({
  pid: z.int().positive(),
  /** When it started, in a form that only serves to be compared; `''` where the system does not say. */
  startedAt: z.string(),
});

export type ProcessIdentity = z.infer<typeof processIdentitySchema>;

/** `unknown`: a process of that number runs, but it cannot be told whether it is the same one. */
export type Liveness = 'running' | 'gone' | 'unknown';

export async function identifyProcess(pid: number): Promise<ProcessIdentity> {
  return { pid, startedAt: (await startOf(pid)) ?? '' };
}

export async function livenessOf({ pid, startedAt }: ProcessIdentity): Promise<Liveness> {
  const start = await startOf(pid);
  if (start !== undefined && startedAt !== '') return start === startedAt ? 'running' : 'gone';
  try {
    process.kill(pid, 0);
    // It is there, but Linux does not name its start: a zombie.
    return process.platform === 'linux' && start === undefined ? 'gone' : 'unknown';
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM' ? 'unknown' : 'gone';
  }
}

/**
 * Boot and start time of a process, from Linux's `/proc` (proc(5): `stat`, field 22 in ticks since
 * the boot); undefined when it does not run, has ended and only waits for its parent, or on another system.
 */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${String(pid)}/stat`, 'latin1');
    // The second field, the program's name in parentheses, may hold spaces and parentheses of its own.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, ticks] = [fields[0], fields[19]];
    if (state === 'Z' || state === 'X' || ticks === undefined) return undefined;
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'latin1');
    return `${boot.trim()}/${ticks}`;
  } catch {
    return undefined;
  }
}
