import type { z } from 'zod/mini';

import { faultDocument } from './documents.js';

/** The server's answer was none. */
export class RefusedError extends Error {
  /** Of HTTP. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'RefusedError';
    this.status = status;
  }
}

const TOKEN = 'token';

/** The token comes in the address, after the #, which browsers don't send; it goes no further than this tab. */
export function takeTokenFromAddress(): void {
  const given = /^#token=([\x21-\x7e]+)$/.exec(location.hash)?.[1];
  if (given === undefined) return;
  keepToken(given);
  history.replaceState(null, '', location.pathname + location.search);
}

export function keepToken(token: string): void {
  sessionStorage.setItem(TOKEN, token);
}

export function hasToken(): boolean {
  return sessionStorage.getItem(TOKEN) !== null;
}

/** @throws RefusedError */
export async function ask(path: string, options: RequestInit = {}): Promise<Response> {
  const headers = new Headers(options.headers);
  const token = sessionStorage.getItem(TOKEN);
  if (token !== null) headers.set('authorization', `Bearer ${token}`);
  const response = await fetch(path, { ...options, headers }).catch((error: unknown) => {
    if (options.signal?.aborted) throw error;
    throw new RefusedError(0, 'The server does not answer: is fashionmatch serve still running?');
  });
  if (response.ok) return response;
  const answer = faultDocument.safeParse(await response.json().catch(() => undefined));
  const message = answer.success ? answer.data.error.message : `The server answered ${String(response.status)}.`;
  throw new RefusedError(response.status, message);
}

/** @throws RefusedError */
export async function askFor<Schema extends z.ZodMiniType>(
  schema: Schema,
  path: string,
  options?: RequestInit,
): Promise<z.infer<Schema>> {
  const response = await ask(path, options);
  return schema.parse(await response.json());
}
