import { ChromaClient, type ChromaClientArgs } from 'chromadb';
import { z } from 'zod';

// The only file that imports the library, and loaded by the first connection: who brings a store of their own needs none.

export { type ChromaClient, type Collection, type Metadata, type Where } from 'chromadb';

export type Include = 'documents' | 'embeddings' | 'metadatas';

/** Where a server is, and as whom it is asked. */
export interface ChromaAddress extends Pick<ChromaClientArgs, 'ssl' | 'tenant' | 'database' | 'headers'> {
  readonly host: string;
  readonly port: number;
  /** What comes before the paths of its API, such as `/chroma`. */
  readonly basePath?: string | undefined;
}

export function urlOf({ ssl = false, host, port, basePath = '' }: ChromaAddress): string {
  return `${ssl ? 'https' : 'http'}://${host}:${String(port)}${basePath}`;
}

/** What the server says of itself. */
export type Preflight = NonNullable<ChromaClient['preflightChecks']>;

/**
 * The client has no deadlines of its own; a signal can only be given to it whole, so each request gets
 * its own client, which must not ask what the server says of itself each time.
 */
export class DeadlineClient extends ChromaClient {
  constructor(address: ChromaAddress, signal: AbortSignal, preflight: Preflight | undefined) {
    // A redirect would carry the token to another server. The client takes what else is among its options, too.
    const fetchOptions: RequestInit & { bodySerializer: typeof toBody } = {
      signal,
      redirect: 'error',
      bodySerializer: toBody,
    };
    super({ ...address, fetchOptions });
    this.preflightChecks = preflight;
    // The client's own arguments have no place for the path.
    if (address.basePath) apiClientSchema.parse(Reflect.get(this, 'apiClient')).setConfig({ baseUrl: urlOf(address) });
  }
}

/** As a key of a record: a quote within a text has a backslash before it, not a brace or comma. */
const WHOLE_PRICE = /(?<=[{,]"price":)\d+(?=[,}])/g;

/**
 * Chroma keeps 42 and 42.5 apart, and misreads the one where it is compared with the other: prices are decimals always,
 * which JavaScript cannot say of a whole number.
 */
const toBody = (content: unknown): string => JSON.stringify(content).replace(WHOLE_PRICE, '$&.0');

const apiClientSchema = z.object({
  setConfig: z.custom<(config: { baseUrl: string }) => unknown>((value) => typeof value === 'function'),
});
