import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';

/** Whether only programs on this machine can reach a server that listens there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/**
 * Whether a `Host` header names this server. Another site can make its own name lead here (DNS rebinding), and
 * would pass for us in the browser; it cannot do so with an address, nor with `localhost`.
 *
 * @param boundTo the name or address that the server was told to listen on.
 */
export function isOwnHost(header: string | undefined, boundTo: string): boolean {
  const name = nameIn(header);
  return name !== undefined && (name === 'localhost' || name === boundTo.toLowerCase() || isIP(name) !== 0);
}

/** Whether a request comes from our own page, or from no page at all. */
export function isOwnOrigin(origin: string | undefined, host: string | undefined): boolean {
  return origin === undefined || origin === `http://${host ?? ''}` || origin === `https://${host ?? ''}`;
}

/** Whether an `Authorization` header has the token; takes as long for a wrong one as for the right one. */
export function hasToken(header: string | undefined, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(header ?? ''), digest(`Bearer ${token}`));
}

/** The name or address without its port, in lower case. */
function nameIn(header: string | undefined): string | undefined {
  const { address, name } =
    /^(?:\[(?<address>[\da-f:.]+)\]|(?<name>[\w.-]+))(?::\d{1,5})?$/i.exec(header ?? '')?.groups ?? {};
  return (address ?? name)?.toLowerCase();
}
