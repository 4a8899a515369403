import { FashionMatchError, reasonOf } from '@fashionmatch/domain';

/** How to reach the Hugging Face hub, or a mirror of it. */
export interface HubConnection {
  /** Without a slash at the end, such as `https://huggingface.co`. */
  readonly endpoint: string;
  /** Goes to the endpoint's own origin and nowhere else; `''` for none. */
  readonly token: string;
  readonly fetch: typeof fetch;
  /** Milliseconds without a byte after which a connection is given up. */
  readonly stallMs: number;
  /** Milliseconds before the first repetition; each further one waits twice as long. */
  readonly retryDelayMs: number;
}

/** A response whose redirects have been followed, with what the hub said of the file on the way. */
export interface HubResponse {
  readonly response: Response;
  /** The file's hash: SHA-256 of large files, git's SHA-1 of small ones; `''` when the hub gives none. */
  readonly contentHash: string;
}

/** Worth trying again; anything else is thrown as it is. */
export class TransientError extends Error {
  /** When the hub says how long to wait, in milliseconds. */
  readonly waitMs: number | undefined;

  constructor(message: string, options: { readonly cause?: unknown; readonly waitMs?: number | undefined } = {}) {
    super(message, { cause: options.cause });
    this.name = 'TransientError';
    this.waitMs = options.waitMs;
  }
}

/** There is no way to the hub: its name is not known here, or nobody listens. */
export class UnreachableError extends TransientError {}

const UNREACHABLE = [
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
];

/** The status of an answer to a range that begins at the end of a file, or after it. */
export const RANGE_NOT_SATISFIABLE = 416;

const MAX_REDIRECTS = 5;
const MAX_ATTEMPTS = 5;
const MAX_WAIT_MS = 60_000;

/** A hub that was not reached at all is seldom there a moment later: one more try, if it fails at once. */
const UNREACHABLE_PATIENCE_MS = 3000;

/**
 * Sends one GET request and follows its redirects.
 *
 * @throws FashionMatchError `MODEL_MISSING` when the hub has no such file, or not for this token.
 * @throws TransientError when it may work the next time.
 */
export async function hubGet(
  connection: HubConnection,
  path: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<HubResponse> {
  const origin = new URL(connection.endpoint).origin;
  let url = new URL(`${connection.endpoint}/${path}`);
  let contentHash = '';
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const authorised = connection.token !== '' && url.origin === origin;
    const sent = { ...headers, ...(authorised ? { authorization: `Bearer ${connection.token}` } : {}) };
    const response = await connection
      .fetch(url, { headers: sent, redirect: 'manual', signal })
      .catch((cause: unknown) => {
        throw networkFault(cause);
      });
    // Storage servers have hashes of their own making: what the hub itself says first counts.
    contentHash ||= hashIn(response.headers.get('x-linked-etag')) || hashIn(response.headers.get('etag'));
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null) {
      await check(response, path);
      return { response, contentHash };
    }
    await response.body?.cancel();
    const next = new URL(location, url);
    if (next.protocol !== url.protocol && next.protocol !== 'https:') break;
    url = next;
  }
  throw new FashionMatchError('MODEL_MISSING', `The hub ${origin} redirects ${path} to nowhere: check HF_ENDPOINT.`);
}

/**
 * Repeats what fails in a way that passes, waiting longer each time. `run` says with `progress()` that it got on.
 *
 * @throws UnreachableError soon, where the hub was never reached.
 */
export async function withRetries<T>(
  { retryDelayMs }: HubConnection,
  run: (progress: () => void) => Promise<T>,
): Promise<T> {
  const patientUntil = Date.now() + UNREACHABLE_PATIENCE_MS;
  const hub = { wasReached: false };
  for (let failures = 0; ;) {
    try {
      return await run(() => {
        failures = 0;
        hub.wasReached = true;
      });
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      const wait = error.waitMs ?? retryDelayMs * 2 ** failures;
      failures++;
      if (error instanceof UnreachableError && !hub.wasReached) {
        if (failures > 1 || Date.now() + wait > patientUntil) throw error;
      } else if (failures >= MAX_ATTEMPTS) {
        throw new TransientError(error.message, { cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, Math.min(wait, MAX_WAIT_MS)));
    }
  }
}

async function check(response: Response, path: string): Promise<void> {
  if (response.ok || response.status === RANGE_NOT_SATISFIABLE) return;
  await response.body?.cancel();
  const { status } = response;
  if (status === 429 || status >= 500 || status === 408) {
    const seconds = Number(response.headers.get('retry-after') ?? NaN);
    throw new TransientError(`the hub answered ${String(status)}`, {
      waitMs: seconds >= 0 ? seconds * 1000 : undefined,
    });
  }
  if (status === 401 || status === 403) {
    throw new FashionMatchError(
      'MODEL_MISSING',
      `The hub does not give ${path} to everyone: set HF_TOKEN to a token that may read it.`,
    );
  }
  throw new FashionMatchError(
    'MODEL_MISSING',
    `The hub has no ${path} (it answered ${String(status)}): check the model's name.`,
  );
}

/** Of an entity tag such as `W/"d1c0…"`, the hash that it is on the hub: 64 or 40 hex digits, else `''`. */
function hashIn(etag: string | null): string {
  return /^(?:W\/)?"?([0-9a-f]{64}|[0-9a-f]{40})"?$/.exec(etag ?? '')?.[1] ?? '';
}

/** fetch only says "fetch failed"; why is in the cause, which may have a code and no message. */
function networkFault(error: unknown): TransientError {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const Fault = UNREACHABLE.includes(code) ? UnreachableError : TransientError;
  return new Fault(reasonOf(cause) || code, { cause });
}
