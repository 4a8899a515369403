import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';

import { z } from 'zod';

import { systemCode } from '../files/system-code.js';

/** A process that can be told from a later one with the same number, and from one of that number elsewhere. */
export const processIdentitySchema = z.object({
  pid: z.int().positive(),
  /** When it started, in a form that only serves to be compared; `''` where the system does not say. */
  startedAt: z.string(),
  /** In what its number has a meaning, see {@link namespaceOf}. */
  namespace: z.string().default(''),
});

export type ProcessIdentity = z.infer<typeof processIdentitySchema>;

/** `unknown`: it runs where this process cannot see it, or another process may have its number by now. */
export type Liveness = 'running' | 'gone' | 'unknown';

export async function identifyProcess(pid: number): Promise<ProcessIdentity> {
  return { pid, startedAt: (await startOf(pid)) ?? '', namespace: await namespaceOf('pid') };
}

export async function livenessOf({ pid, startedAt, namespace }: ProcessIdentity): Promise<Liveness> {
  if (namespace === '' || namespace !== (await namespaceOf('pid'))) return 'unknown';
  const start = await startOf(pid);
  if (start !== undefined && startedAt !== '') return start === startedAt ? 'running' : 'gone';
  try {
    process.kill(pid, 0);
    // It is there, but Linux does not name its start: a zombie.
    return process.platform === 'linux' && start === undefined ? 'gone' : 'unknown';
  } catch (thrown) {
    return systemCode(thrown) === 'EPERM' ? 'unknown' : 'gone';
  }
}

/**
 * In what this process's numbers of processes (`pid`) or its loopback address (`net`) have a meaning: two processes
 * may compare theirs when this is the same for both. On Linux the boot and the namespace, for containers may share a
 * host name, and machines too; elsewhere the host. `''`, which equals nothing, where the system does not say.
 */
export async function namespaceOf(kind: 'pid' | 'net'): Promise<string> {
  if (process.platform !== 'linux') return hostname();
  try {
    // A `/proc` that was mounted outside knows this process, and all others, by other numbers.
    if ((await readlink('/proc/self')) !== String(process.pid)) return '';
    return `${await bootId()}/${await readlink(`/proc/self/ns/${kind}`)}`;
  } catch {
    return '';
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
    return `${await bootId()}/${ticks}`;
  } catch {
    return undefined;
  }
}

async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'latin1')).trim();
}
