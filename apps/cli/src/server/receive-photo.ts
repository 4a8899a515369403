import { on } from 'node:events';
import type { Readable } from 'node:stream';

import { RequestFault } from './request-fault.js';

/**
 * The body of a request. The rest of one that is given up is left to the web server, which reads it and forgets it:
 * were the connection cut instead, the client might never see the answer.
 *
 * @param deadline A body that has not arrived by then is given up.
 * @throws RequestFault when it is too large, too late, or broken off.
 */
export async function receivePhoto(body: Readable, maxBytes: number, deadline: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const [chunk] of on(body, 'data', { signal: deadline, close: ['end', 'close'] })) {
      const bytes: unknown = chunk;
      if (!Buffer.isBuffer(bytes)) continue;
      size += bytes.length;
      if (size > maxBytes) throw new RequestFault(413, 'UPLOAD_TOO_LARGE', 'The photo is larger than is allowed.');
      chunks.push(bytes);
    }
  } catch (thrown) {
    if (thrown instanceof RequestFault) throw thrown;
    if (deadline.aborted) throw new RequestFault(408, 'UPLOAD_TOO_SLOW', 'The photo took too long to arrive.');
  }
  if (!body.readableEnded) throw new RequestFault(400, 'REQUEST_INVALID', 'The upload was broken off.');
  return Buffer.concat(chunks);
}
