import { reasonOf, VectorStoreError } from '@fashionmatch/domain';

/** Chroma would not take what a request carried (HTTP 400, 413, 422): the same again would be refused again. */
export class ChromaRefusal extends VectorStoreError {
  constructor(reason: string, options?: ErrorOptions) {
    super('STORE_FAILED', `Chroma refused the request: ${reason}`, options);
  }
}

/** There is no such collection, or no longer. */
export class ChromaNotFound extends VectorStoreError {
  constructor(options?: ErrorOptions) {
    super('STORE_FAILED', 'A collection was removed while it was in use: run the command again', options);
  }
}

/** There is a collection of that name already. */
export class ChromaConflict extends VectorStoreError {
  constructor(options?: ErrorOptions) {
    super('STORE_FAILED', 'A collection was made by another program at the same time: run the command again', options);
  }
}

/** What went wrong between us and the server, as far as it decides what to do about it. */
export type ChromaFault =
  /** No answer, or none of Chroma's; asking again may help. */
  | { readonly kind: 'unreachable'; readonly reason: string }
  /** No answer in time, or too many requests; asking again later may help. */
  | { readonly kind: 'busy'; readonly reason: string }
  /** Trouble inside the server; asking again may help. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** Final. */
  | { readonly kind: 'final'; readonly error: unknown };

/** Texts of the server's errors that tell of a torn or lost index, or a full disk. */
const DAMAGE = /hnsw segment|error finding id|disk is full|no space left/i;

/** Sorts out what the Chroma client threw. Its errors are told apart by name: their classes say no more. */
export function classifyFault(
  thrown: unknown,
  { deadlineMs, signal }: { deadlineMs: number; signal: AbortSignal },
): ChromaFault {
  if (signal.aborted) return { kind: 'busy', reason: `no answer within ${String(deadlineMs / 1000)} s` };
  if (!(thrown instanceof Error)) return { kind: 'final', error: thrown };
  const reason = reasonOf(thrown.message.replace(/^Bad request to \S+ with status: /, ''));
  const final = (error: unknown): ChromaFault => ({ kind: 'final', error });

  switch (thrown.name) {
    case 'ChromaConnectionError':
      return { kind: 'unreachable', reason: 'no connection' };
    case 'SyntaxError':
      return { kind: 'unreachable', reason: 'the answer is no JSON' };
    case 'TypeError':
      // What fetch says when the connection breaks in the middle of an answer.
      return thrown.message === 'terminated' ? { kind: 'unreachable', reason: 'the connection broke' } : final(thrown);
    case 'ChromaRateLimitError':
      return { kind: 'busy', reason };
    case 'ChromaAuthError':
    case 'ChromaForbiddenError':
      return final(
        new VectorStoreError(
          'STORE_UNREACHABLE',
          `The Chroma server does not let us in (${reason}): check CHROMA_TOKEN, database.tenant and database.database`,
          { cause: thrown },
        ),
      );
    case 'ChromaNotFoundError':
      return final(new ChromaNotFound({ cause: thrown }));
    case 'ChromaUniqueError':
      return final(new ChromaConflict({ cause: thrown }));
    case 'ChromaClientError':
    case 'ChromaQuotaExceededError':
      return final(new ChromaRefusal(reason, { cause: thrown }));
    case 'ChromaServerError':
      // What stands before a server that is away says so; Chroma's own trouble has other words.
      if (/^50[234]\b/.test(reason)) return { kind: 'unreachable', reason };
      if (/^4\d\d\b/.test(reason)) return final(new ChromaRefusal(reason, { cause: thrown }));
      return DAMAGE.test(reason) ? final(damaged(reason, thrown)) : { kind: 'failed', reason };
    default:
      return final(thrown);
  }
}

function damaged(reason: string, cause: Error): VectorStoreError {
  return new VectorStoreError(
    'STORE_FAILED',
    `The store's index is damaged or its disk is full (${reason}): make room, then run \`fashionmatch verify --repair\``,
    { cause },
  );
}
