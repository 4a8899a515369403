import dns from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';

import { Agent, buildConnector } from 'undici';

import { ForbiddenAddressError } from './public-address.js';

/** As `dns.lookup` with `all`. */
export type LookupAll = (
  hostname: string,
  options: dns.LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: dns.LookupAddress[]) => void,
) => void;

export interface GuardedAgentOptions {
  /** Whether there may be a connection to an IP address. */
  readonly allows: (address: string) => boolean;
  readonly lookup?: LookupAll | undefined;
  /** Milliseconds for a connection to be made. */
  readonly connectMs: number;
  /** Milliseconds without a byte from a server. */
  readonly stallMs: number;
  /** A larger body is given up. */
  readonly maxBytes: number;
  /** Of one server. */
  readonly connections: number;
}

/**
 * Connects to allowed addresses only. The address that is checked is the one that is connected to: a name that leads
 * elsewhere when it is asked for a second time gains nothing. Redirects are new connections, and checked like all.
 */
export function guardedAgent(options: GuardedAgentOptions): Agent {
  const { allows, connectMs, stallMs, maxBytes, connections } = options;
  const connector = buildConnector({ timeout: connectMs, lookup: guardedLookup(allows, options.lookup ?? dns.lookup) });
  return new Agent({
    connections,
    headersTimeout: stallMs,
    bodyTimeout: stallMs,
    maxResponseSize: maxBytes,
    connect: (target, callback) => {
      // What is an address already is not looked up.
      const host = target.hostname.replace(/^\[|\]$/g, '');
      if (isIP(host) === 0 || allows(host)) connector(target, callback);
      else callback(new ForbiddenAddressError(host), null);
    },
  });
}

function guardedLookup(allows: GuardedAgentOptions['allows'], lookup: LookupAll): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) {
        callback(error, '');
        return;
      }
      const [first, ...others] = found.filter(({ address }) => allows(address));
      if (first === undefined) callback(new ForbiddenAddressError(found[0]?.address ?? hostname), '');
      else if (options.all) callback(null, [first, ...others]);
      else callback(null, first.address, first.family);
    });
  };
}
