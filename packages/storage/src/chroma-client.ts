import { ChromaClient, type ChromaClientArgs } from 'chromadb';

// The only file that imports the library, and loaded by the first connection: who brings a store of their own needs none.

export { type ChromaClient, type ChromaClientArgs, type Collection, type Where } from 'chromadb';

/** What the server takes, as it said itself. */
export type ServerLimits = NonNullable<ChromaClient['preflightChecks']>;

/**
 * The client has no deadlines of its own; a signal can only be given to it whole, so each request gets
 * its own client, which must not ask for the server's limits each time.
 */
export class DeadlineClient extends ChromaClient {
  constructor(address: ChromaClientArgs, signal: AbortSignal, limits: ServerLimits | undefined) {
    // A redirect would carry the token to another server.
    super({ ...address, fetchOptions: { signal, redirect: 'error' } });
    this.preflightChecks = limits;
  }
}
