import { FashionMatchError, ItemError, ItemNotFoundError, type FatalCode, type ItemCode } from '@fashionmatch/domain';

/** Codes of this server, beside those of the packages. */
export type RequestCode =
  | 'BUSY'
  | 'FORBIDDEN'
  | 'ITEM_NOT_FOUND'
  | 'MEDIA_TYPE_UNSUPPORTED'
  | 'NOT_FOUND'
  | 'REQUEST_INVALID'
  | 'UNAUTHORIZED'
  | 'UPLOAD_TOO_LARGE'
  | 'UPLOAD_TOO_SLOW';

/** What is wrong with one request, and no other. */
export class RequestFault extends Error {
  readonly status: number;
  readonly code: RequestCode | FatalCode | ItemCode;

  constructor(status: number, code: RequestCode | FatalCode | ItemCode, message: string) {
    super(message);
    this.name = 'RequestFault';
    this.status = status;
    this.code = code;
  }
}

/** The one shape of what is wrong with a request. */
export function faultDocument(code: string, message: string): object {
  return { error: { code, message } };
}

const STATUS: Partial<Record<FatalCode | ItemCode, number>> = {
  USAGE_INVALID: 400,
  MODEL_MISSING: 501,
  STORE_UNREACHABLE: 503,
  STORE_LOCKED: 503,
  IMAGE_INVALID: 422,
  IMAGE_TOO_LARGE: 413,
  IMAGE_MISSING: 404,
  IMAGE_UNREADABLE: 404,
  PATH_FORBIDDEN: 404,
};

/** Any fault in the words of an answer; of what nobody foresaw, only that it was so. */
export function requestFaultOf(thrown: unknown): RequestFault {
  if (thrown instanceof RequestFault) return thrown;
  if (thrown instanceof ItemNotFoundError) return new RequestFault(404, 'ITEM_NOT_FOUND', 'No such item is stored.');
  if (thrown instanceof FashionMatchError || thrown instanceof ItemError) {
    return new RequestFault(STATUS[thrown.code] ?? 500, thrown.code, thrown.message);
  }
  return ofHttp(thrown) ?? new RequestFault(500, 'UNEXPECTED', 'Something went wrong: the log says what.');
}

/** What the web framework found wrong before anything of ours was called. */
function ofHttp(thrown: unknown): RequestFault | undefined {
  if (!(thrown instanceof Error) || !('statusCode' in thrown) || typeof thrown.statusCode !== 'number')
    return undefined;
  const { statusCode, message } = thrown;
  if (statusCode === 413) return new RequestFault(413, 'UPLOAD_TOO_LARGE', 'The photo is larger than is allowed.');
  if (statusCode === 415) return new RequestFault(415, 'MEDIA_TYPE_UNSUPPORTED', 'Send the bytes of an image.');
  return statusCode < 500 ? new RequestFault(statusCode, 'REQUEST_INVALID', `${message}.`) : undefined;
}
