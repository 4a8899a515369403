import { StoreBusyError, VectorStoreError } from '@fashionmatch/domain';

import type { ChromaAddress, ChromaClient, DeadlineClient, Preflight } from './chroma-client.js';
import { ChromaNotFound, ChromaRefusal, classifyFault, type ChromaFault } from './chroma-faults.js';
import type { RequestLimits } from './request-limits.js';

/**
 * Runs one request with a deadline. It is made again where that can help, so it must do no harm twice.
 *
 * @throws VectorStoreError `STORE_UNREACHABLE` when the server is gone, `STORE_FAILED` when it cannot
 *   do what it is asked; ChromaRefusal and ChromaNotFound are of the second kind.
 */
export type ChromaRequest = <T>(use: (client: ChromaClient) => Promise<T>) => Promise<T>;

/** A request that has not been answered yet. */
export interface FailedAttempts {
  readonly count: number;
  /** Milliseconds since the first of them failed. */
  readonly forMs: number;
}

/** Where the server is now, and whether to ask it again after `fault`. Waits before it says yes. */
export interface ChromaAccess {
  readonly address: () => ChromaAddress;
  readonly mayAskAgain: (fault: ChromaFault, failed: FailedAttempts, asked: ChromaAddress) => Promise<boolean>;
  /** Called when a request has been answered that was not at first. */
  readonly onAnswer?: () => void;
  readonly advice: string;
  /** Where the server's disk can be looked at. */
  readonly isDiskFull?: () => Promise<boolean>;
}

export interface RequestOptions {
  readonly access: ChromaAccess;
  readonly client: typeof DeadlineClient;
  readonly deadlineMs: number;
  /** Asked for in every request where it is not given. */
  readonly preflight?: Preflight;
  /** Told of what the server refuses. */
  readonly limits?: RequestLimits;
}

export function requestWith({ access, client: Client, deadlineMs, preflight, limits }: RequestOptions): ChromaRequest {
  return async (use) => {
    let failingSince: number | undefined;
    for (let attempt = 1; ; attempt++) {
      const address = access.address();
      const signal = AbortSignal.timeout(deadlineMs);
      try {
        const answer = await use(new Client(address, signal, preflight));
        if (attempt > 1) access.onAnswer?.();
        return answer;
      } catch (thrown) {
        failingSince ??= performance.now();
        const fault = classifyFault(thrown, { signal, deadlineMs });
        if (thrown instanceof Error) limits?.learn(thrown.message);
        if (mayBeTheDisk(fault) && (await access.isDiskFull?.())) throw diskFull(thrown);
        if (fault.kind === 'final') throw fault.error;
        const failed = { count: attempt, forMs: performance.now() - failingSince };
        if (await access.mayAskAgain(fault, failed, address)) continue;
        const { kind } = fault;
        const message = `${describe(fault, address)}: ${access.advice}`;
        if (kind === 'busy') throw new StoreBusyError(message, { cause: thrown });
        throw new VectorStoreError(kind === 'failed' ? 'STORE_FAILED' : 'STORE_UNREACHABLE', message, {
          cause: thrown,
        });
      }
    }
  };
}

/** Chroma has many words for a full disk, and some of its deaths are of one. */
function mayBeTheDisk(fault: ChromaFault): boolean {
  if (fault.kind !== 'final') return fault.kind !== 'busy';
  const { error } = fault;
  return error instanceof VectorStoreError && !(error instanceof ChromaRefusal || error instanceof ChromaNotFound);
}

function diskFull(cause: unknown): VectorStoreError {
  return new VectorStoreError(
    'STORE_FAILED',
    'The store cannot be written: the disk is full. Make room, and run the command again',
    { cause },
  );
}

const WORDS = { unreachable: 'cannot be reached', failed: 'failed', busy: 'is too busy' } as const;

/** Such as "The Chroma server at localhost:8000 cannot be reached (no connection)". */
export function describe({ kind, reason }: Exclude<ChromaFault, { kind: 'final' }>, address: ChromaAddress): string {
  return `The Chroma server at ${nameOf(address)} ${WORDS[kind]} (${reason})`;
}

export const nameOf = ({ host, port, basePath = '' }: ChromaAddress): string => `${host}:${String(port)}${basePath}`;
