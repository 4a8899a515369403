import { ItemError, reasonOf } from '@fashionmatch/domain';

import { ForbiddenAddressError } from './public-address.js';
import { systemCode } from '../../files/system-code.js';

/** May go well the next time. */
export class TransientFault extends ItemError {
  /** For which the server asks, in milliseconds. */
  readonly waitMs: number | undefined;

  constructor(reason: string, { cause, waitMs }: { readonly cause?: unknown; readonly waitMs?: number } = {}) {
    super('IMAGE_MISSING', reason, { cause });
    this.waitMs = waitMs;
  }
}

/** The image is another one than that of which there is a part. */
export class ChangedFault extends TransientFault {
  constructor() {
    super('the image on the server changed while it was downloaded');
  }
}

/** What an answer that is no image says. */
export function faultOfStatus(status: number, retryAfter: string | undefined): ItemError {
  const reason = `the server answered ${String(status)}`;
  if (status !== 408 && status !== 425 && status !== 429 && status < 500) return new ItemError('IMAGE_MISSING', reason);
  const waitMs = retryAfter === undefined ? undefined : waitOf(retryAfter);
  return new TransientFault(reason, waitMs === undefined ? {} : { waitMs });
}

/** `Retry-After` is a number of seconds, or a date; undefined when it is neither. */
function waitOf(retryAfter: string): number | undefined {
  const wait = /^\s*\d+\s*$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - Date.now();
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

const BY_CODE: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  ECONNREFUSED: 'the server accepts no connection',
  ECONNRESET: 'the connection broke off',
  UND_ERR_SOCKET: 'the connection broke off',
  UND_ERR_CONNECT_TIMEOUT: 'the server does not answer',
  UND_ERR_HEADERS_TIMEOUT: 'the server does not answer',
  UND_ERR_BODY_TIMEOUT: 'the server stopped sending',
};

/** The network's error in words; an ItemError stays as it is. */
export function faultOfNetwork(error: unknown, maxBytes: number): Error {
  // Of a host with several addresses, each has its own error.
  const cause: unknown = error instanceof AggregateError ? error.errors[0] : error;
  if (cause instanceof ForbiddenAddressError) {
    const why = `it leads to ${cause.address}, which is not of the public internet`;
    return new ItemError('IMAGE_MISSING', `${why}, and sources.allow_private_addresses is off`, { cause });
  }
  const code = systemCode(cause);
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return tooLarge(maxBytes);
  const reason = BY_CODE[code] ?? `the connection failed: ${reasonOf(cause)}`;
  return code === 'ENOTFOUND'
    ? new ItemError('IMAGE_MISSING', reason, { cause })
    : new TransientFault(reason, { cause });
}

export function tooLarge(maxBytes: number): ItemError {
  return new ItemError('IMAGE_MISSING', `the image has more than the limit of ${(maxBytes / 2 ** 20).toFixed(1)} MiB`);
}

/** Ends with the address, less what may be secret in it. */
export function ofAddress(error: ItemError, url: URL): ItemError {
  return new ItemError(error.code, error.message, { cause: error.cause, value: `${url.origin}${url.pathname}` });
}
