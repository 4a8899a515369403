import { hostname } from 'node:os';

import { z } from 'zod';

import { identifyProcess, processIdentitySchema } from './process-identity.js';

const serverSchema = processIdentitySchema.extend({
  port: z.int().min(1).max(65_535),
  /** In what its loopback address has a meaning, see {@link namespaceOf}. */
  network: z.string().default(''),
});

/** The server that runs on a data directory. */
export type RunningServer = z.infer<typeof serverSchema>;

export const holderSchema = processIdentitySchema.extend({
  host: z.string(),
  /** When it took the store, ISO 8601 in UTC; by its own clock, so for people only. */
  since: z.string(),
  access: z.enum(['read', 'write']),
  server: serverSchema.optional(),
});

/** Who holds a store, as the file beside its lock, or the lease on its server, says. */
export type StoreHolder = z.infer<typeof holderSchema>;

/** This process, as a holder from now on. */
export async function asHolder(access: StoreHolder['access']): Promise<StoreHolder> {
  return { ...(await identifyProcess(process.pid)), host: hostname(), since: new Date().toISOString(), access };
}

/** For people. */
export function describeHolder(holder: StoreHolder | undefined): string {
  if (holder === undefined) return 'another process';
  return `process ${String(holder.pid)} on ${holder.host}, since ${holder.since}`;
}
