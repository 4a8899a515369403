import { StoreBusyError, VectorStoreError } from '@fashionmatch/domain';

import type { ChromaClient, ChromaClientArgs, DeadlineClient, ServerLimits } from './chroma-client.js';
import { ChromaNotFound, ChromaRefusal, classifyFault, type ChromaFault } from './chroma-faults.js';

/**
 * Runs one request with a deadline. It is made again where that can help, so it must do no harm twice.
 *
 * @throws VectorStoreError `STORE_UNREACHABLE` when the server is gone, `STORE_FAILED` when it cannot
 *   do what it is asked; ChromaRefusal and ChromaNotFound are of the second kind.
 */
export type ChromaRequest = <T>(use: (client: ChromaClient) => Promise<T>) => Promise<T>;

/** Where the server is now, and whether to ask it again after `fault`. Waits before it says yes. */
export interface ChromaAccess {
  readonly address: () => ChromaClientArgs;
  readonly mayAskAgain: (fault: ChromaFault, attempt: number, asked: ChromaClientArgs) => Promise<boolean>;
  readonly advice: string;
  /** Where the server's disk can be looked at. */
  readonly isDiskFull?: () => Promise<boolean>;
}

export interface RequestOptions {
  readonly access: ChromaAccess;
  readonly client: typeof DeadlineClient;
  readonly deadlineMs: number;
  /** Asked for in every request where they are not given. */
  readonly limits?: ServerLimits;
}

export function requestWith({ access, client: Client, deadlineMs, limits }: RequestOptions): ChromaRequest {
  return async (use) => {
    for (let attempt = 1; ; attempt++) {
      const address = access.address();
      const signal = AbortSignal.timeout(deadlineMs);
      try {
        return await use(new Client(address, signal, limits));
      } catch (thrown) {
        const fault = classifyFault(thrown, { signal, deadlineMs });
        if (mayBeTheDisk(fault) && (await access.isDiskFull?.())) throw diskFull(thrown);
        if (fault.kind === 'final') throw fault.error;
        if (await access.mayAskAgain(fault, attempt, address)) continue;
        const { reason, kind } = fault;
        const what = kind === 'unreachable' ? 'cannot be reached' : kind === 'failed' ? 'failed' : 'is too busy';
        const message = `The Chroma server at ${nameOf(address)} ${what} (${reason}): ${access.advice}`;
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

export const nameOf = ({ host, port }: ChromaClientArgs): string => `${host ?? ''}:${String(port)}`;
