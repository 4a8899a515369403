import { isIPv6 } from 'node:net';

import { FashionMatchError, VectorStoreError, type Logger } from '@fashionmatch/domain';
import { z } from 'zod';

import type { ChromaAddress } from './chroma-client.js';
import { ChromaNotFound } from './chroma-faults.js';
import { ChromaPatience } from './chroma-patience.js';
import { nameOf, requestWith, type ChromaAccess, type ChromaRequest } from './chroma-request.js';
import { RequestLimits } from './request-limits.js';
import type { EmbeddedChroma } from '../../chroma-server/embedded-chroma.js';
import { isDiskFull } from '../../files/full-disk.js';

/** A Chroma server that answers. */
export interface ChromaConnection {
  /** What the server takes at once, as far as is known. */
  readonly limits: RequestLimits;
  readonly request: ChromaRequest;
  /** The same, for what changes collections: refused to a writer that is no longer the only one. */
  readonly write: ChromaRequest;
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
  /** What comes before the paths of its API, such as `/chroma`, where a proxy wants that. */
  readonly path?: string | undefined;
  /** Sent with each request; they go before the token's. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** How long a request that gets no answer is made again once the server has answered: a restart, say; 0 unless given. */
  readonly patienceMs?: number | undefined;
  /** Ends such waiting; the request fails then. */
  readonly signal?: AbortSignal | undefined;
  readonly logger: Logger;
  /** How long the server may take for one request; 60,000 ms unless given. */
  readonly deadlineMs?: number | undefined;
}

/** Writing the index of a large collection holds a request up for many seconds. */
const DEADLINE_MS = 60_000;
const PROBE_DEADLINE_MS = 10_000;

const ATTEMPTS = 5;

const heartbeatSchema = z.number();
const preflightSchema = z.object({ max_batch_size: z.int().positive() });
const identitySchema = z.object({ tenant: z.string(), databases: z.array(z.string()) });

/**
 * Connects to a Chroma server, a Chroma cluster or Chroma Cloud. Requests that failed on the way or by
 * the server's fault (429, 5xx) are made again up to four times, after growing pauses; where the server is away,
 * for as long as `patienceMs`.
 *
 * @throws VectorStoreError `STORE_UNREACHABLE` when nothing there answers as a Chroma server does.
 */
export async function connectRemoteChroma(options: RemoteChromaOptions): Promise<ChromaConnection> {
  const { host, ssl = false, token, headers, path, logger, signal, deadlineMs = DEADLINE_MS } = options;
  if (/[^\p{L}\p{N}._-]/u.test(host) && !isIPv6(host)) {
    // Not told as it is: there may be a password in it.
    throw new FashionMatchError('CONFIG_INVALID', 'database.host must be a host name or address, and nothing else');
  }
  if ((token ?? headers) !== undefined && !ssl) {
    logger.warn('The Chroma token and headers are sent without encryption: set database.ssl');
  }
  let address: ChromaAddress = {
    host: isIPv6(host) ? `[${host}]` : host,
    port: options.port ?? (ssl ? 443 : 8000),
    ssl,
    basePath: path?.replace(/\/+$/, ''),
    headers: {
      // Chroma Cloud reads the first; servers behind a gateway usually the second.
      ...(token !== undefined && { 'x-chroma-token': token, authorization: `Bearer ${token}` }),
      ...headers,
    },
  };
  // Who was never there is hardly about to come back: a wrong address is told soon.
  let patience = new ChromaPatience({ patienceMs: 0, signal, logger });
  const access: ChromaAccess = {
    address: () => address,
    mayAskAgain: (fault, failed, asked) => patience.mayAskAgain(fault, failed, asked),
    onAnswer: () => {
      patience.answered();
    },
    advice: 'check that it runs, and database.host, port and ssl',
  };
  const connection = await connect(access, deadlineMs);
  address = { ...address, ...(await findDatabase(connection.request, options)) };
  patience = new ChromaPatience({ patienceMs: options.patienceMs ?? 0, signal, logger });
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
    mayAskAgain: async (fault, failed, asked) =>
      fault.kind === 'unreachable' && failed.count < attempts && (await embedded.revive(asked.port)),
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
    requireVersion1(await probe((client) => client.version()), access);
    const preflight = await probe((client) => client.getPreflightChecks());
    const limits = new RequestLimits(preflightSchema.parse(preflight).max_batch_size);
    const request = requestWith({ access, client, deadlineMs, preflight, limits });
    return { limits, request, write: request };
  } catch (thrown) {
    if (!(thrown instanceof ChromaNotFound || thrown instanceof z.ZodError)) throw thrown;
    requireVersion1(await versionOfOldServer(access.address()), access);
    throw new VectorStoreError(
      'STORE_UNREACHABLE',
      `What answers at ${nameOf(access.address())} is no Chroma server of version 1: ${access.advice}`,
      { cause: thrown },
    );
  }
}

/** Servers before 1.0 answer much as later ones do, but not to everything: 0.6 has no 404 for a missing collection. */
function requireVersion1(version: unknown, { address }: ChromaAccess): void {
  const [old] = /^0(\.\d+){1,3}/.exec(String(version)) ?? [];
  if (old === undefined) return;
  throw new VectorStoreError(
    'STORE_UNREACHABLE',
    `The Chroma server at ${nameOf(address())} has version ${old}, and 1.0 or later is needed: ` +
      'upgrade it after a backup of its data, which the new version migrates',
  );
}

/** Of a server that knows nothing of the second edition of its API; undefined when that is no Chroma server. */
async function versionOfOldServer(address: ChromaAddress): Promise<unknown> {
  const { headers = {} } = address;
  const signal = AbortSignal.timeout(PROBE_DEADLINE_MS);
  try {
    const { urlOf } = await import('./chroma-client.js');
    const response = await fetch(`${urlOf(address)}/api/v1/version`, { headers, signal, redirect: 'error' });
    return await response.json();
  } catch {
    return undefined;
  }
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
