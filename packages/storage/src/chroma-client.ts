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
    // A redirect would carry the token to another server. The client takes what else is among its options, too.
    const fetchOptions: RequestInit & { bodySerializer: typeof toBody } = {
      ...{ signal, redirect: 'error', bodySerializer: toBody },
    };
    super({ ...address, fetchOptions });
    this.preflightChecks = limits;
  }
}

/** As a key of a record: a quote within a text has a backslash before it, not a brace or comma. */
const WHOLE_PRICE = /(?<=[{,]"price":)\d+(?=[,}])/g;

/**
 * Chroma keeps 42 and 42.5 apart, and misreads the one where it is compared with the other: prices are decimals always,
 * which JavaScript cannot say of a whole number.
 */
const toBody = (content: unknown): string => JSON.stringify(content).replace(WHOLE_PRICE, '$&.0');
