import ipaddr from 'ipaddr.js';

/** What is assigned of IPv6 for the whole internet. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/** Where a translator to IPv4 puts its addresses (RFC 6052); the last 32 bits are the one that is reached. */
const TRANSLATED = ipaddr.IPv6.parseCIDR('64:ff9b::/96');

/** A host, or all of its addresses, may not be connected to. */
export class ForbiddenAddressError extends Error {
  readonly address: string;

  constructor(address: string) {
    super(`no connection to ${address} is allowed`);
    this.name = 'ForbiddenAddressError';
    this.address = address;
  }
}

/**
 * Whether an IP address belongs to the public internet: neither to this machine, nor to a private or local network,
 * nor to a block that is set apart for something else.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  // An IPv4 address in the clothes of IPv6 is what it is underneath.
  const address = ipaddr.process(text);
  if (!(address instanceof ipaddr.IPv6)) return address.range() === 'unicast';
  if (address.match(TRANSLATED)) return isPublicAddress(address.toByteArray().slice(-4).join('.'));
  return address.match(GLOBAL_UNICAST) && address.range() === 'unicast';
}
