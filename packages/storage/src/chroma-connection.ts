import { isIPv6 } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { FashionMatchError, VectorStoreError, type Logger } from '@fashionmatch/domain';
import { z } from 'zod';

import type { ChromaClientArgs } from './chroma-client.js';
import { ChromaNotFound, type ChromaFault } from './chroma-faults.js';
import { nameOf, requestWith, type ChromaAccess, type ChromaRequest } from './chroma-request.js';
import type { EmbeddedChroma } from './embedded-chroma.js';
import { isDiskFull } from './full-disk.js';

/** A Chroma server that answers. */
export interface ChromaConnection {
  /** The most records that the server takes in one upsert. */
  readonly maxBatchSize: number;
  readonly request: ChromaRequest;
}

export interface RemoteChromaOptions {
  /** A host name or address, without scheme and port. */
  readonly host: string;
  /** 8000, or 443 with `ssl`, unless given. */
  readonly port?: number | undefined;
  readonly ssl?: boolean | undefined;
  /** Where tenant or database is not given, the server says which the token belongs to. */
  readonly tenant?: string | undefined;
  readonly database?: string | undefined;
  readonly token?: string | undefined;
  readonly logger: Logger;
  /** How long the server may take for one request; 60,000 ms unless given. */
  readonly deadlineMs?: number | undefined;
}

/** Writing the index of a large collection holds a request up for many seconds. */
const DEADLINE_MS = 60_000;
const PROBE_DEADLINE_MS = 10_000;

const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 8_000;

const heartbeatSchema = z.number();
const limitsSchema = z.object({ max_batch_size: z.int().positive() });
const identitySchema = z.object({ tenant: z.string(), databases: z.array(z.string()) });

/**
 * Connects to a Chroma server, a Chroma cluster or Chroma Cloud. Requests that failed on the way or by
 * the server's fault (429, 5xx) are made again up to four times, after growing pauses.
 *
 * @throws VectorStoreError `STORE_UNREACHABLE` when nothing there answers as a Chroma server does.
 */
export async function connectRemoteChroma(options: RemoteChromaOptions): Promise<ChromaConnection> {
  const { host, ssl = false, token, logger, deadlineMs = DEADLINE_MS } = options;
  if (/[/\s]/.test(host)) {
    throw new FashionMatchError('CONFIG_INVALID', `database.host must be a host name without a scheme, not ${host}`);
  }
  if (token !== undefined && !ssl) logger.warn('The Chroma token is sent without encryption: set database.ssl');
  let address: ChromaClientArgs = {
    host: isIPv6(host) ? `[${host}]` : host,
    port: options.port ?? (ssl ? 443 : 8000),
    ssl,
    // Chroma Cloud reads the first; servers behind a gateway usually the second.
    ...(token !== undefined && { headers: { 'x-chroma-token': token, authorization: `Bearer ${token}` } }),
  };
  const access: ChromaAccess = {
    address: () => address,
    mayAskAgain: (fault, attempt) => pauseBeforeRetry(fault, attempt, logger),
    advice: 'check that it runs, and database.host, port and ssl',
  };
  const connection = await connect(access, deadlineMs);
  address = { ...address, ...(await findDatabase(connection.request, options)) };
  return connection;
}

export interface EmbeddedConnectionOptions {
  /** How long the server may take for one request; 60,000 ms unless given. */
  readonly deadlineMs?: number | undefined;
  /** How often one request is made when the server dies of it; 5 times at most unless given. */
  readonly attempts?: number | undefined;
}

/** Connects to the embedded server; when it has died, it is started again as often as it may be, and asked again. */
export function connectEmbeddedChroma(
  embedded: EmbeddedChroma,
  { deadlineMs = DEADLINE_MS, attempts = ATTEMPTS }: EmbeddedConnectionOptions = {},
): Promise<ChromaConnection> {
  const access: ChromaAccess = {
    address: () => ({
      host: embedded.host,
      port: embedded.port,
      tenant: 'default_tenant',
      database: 'default_database',
    }),
    mayAskAgain: async (fault, attempt, asked) =>
      fault.kind === 'unreachable' && attempt < attempts && (await embedded.revive(asked.port ?? 0)),
    isDiskFull: () => isDiskFull(embedded.directory),
    advice: 'run the command again; if that does not help, `fashionmatch verify` finds what is broken',
  };
  return connect(access, deadlineMs);
}

/** Asks who is there before anything is sent, and what it can take. */
async function connect(access: ChromaAccess, deadlineMs: number): Promise<ChromaConnection> {
  const { DeadlineClient: client } = await import('./chroma-client.js');
  const probe = requestWith({ access, client, deadlineMs: Math.min(deadlineMs, PROBE_DEADLINE_MS) });
  try {
    heartbeatSchema.parse(await probe((client) => client.heartbeat()));
    const limits = await probe((client) => client.getPreflightChecks());
    const maxBatchSize = limitsSchema.parse(limits).max_batch_size;
    return { maxBatchSize, request: requestWith({ access, client, deadlineMs, limits }) };
  } catch (thrown) {
    if (!(thrown instanceof ChromaNotFound || thrown instanceof z.ZodError)) throw thrown;
    throw new VectorStoreError(
      'STORE_UNREACHABLE',
      `What answers at ${nameOf(access.address())} is no Chroma server of version 1: ${access.advice}`,
      { cause: thrown },
    );
  }
}

/** Exponential back-off with full jitter, so that many clients do not come back at once. */
async function pauseBeforeRetry(fault: ChromaFault, attempt: number, logger: Logger): Promise<boolean> {
  if (fault.kind === 'final' || attempt >= ATTEMPTS) return false;
  const pauseMs = Math.random() * Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS);
  logger.debug('The Chroma server could not answer: asking again', { reason: fault.reason, attempt, pauseMs });
  await delay(pauseMs);
  return true;
}

/** The tenant and database as configured, or those that the token belongs to. */
async function findDatabase(
  request: ChromaRequest,
  { tenant, database }: RemoteChromaOptions,
): Promise<{ tenant: string; database: string }> {
  if (tenant !== undefined && database !== undefined) return { tenant, database };
  const identity = identitySchema.parse(await request((client) => client.getUserIdentity()));
  const [first, ...others] = new Set(identity.databases);
  const only = database ?? (others.length === 0 && first !== '*' ? first : undefined);
  if (only === undefined) {
    throw new FashionMatchError('CONFIG_INVALID', 'The token opens several databases: name one in database.database');
  }
  return { tenant: tenant ?? identity.tenant, database: only };
}
