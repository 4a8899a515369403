import { open, rm, stat } from 'node:fs/promises';

import { FashionMatchError, reasonOf } from '@fashionmatch/domain';

import {
  hubGet,
  RANGE_NOT_SATISFIABLE,
  TransientError,
  UnreachableError,
  withRetries,
  type HubConnection,
} from './hub-connection.js';

/** Whatever a hub says, no file of a model is larger. */
const MAX_FILE_BYTES = 20e9;

export interface Download {
  /** After the endpoint: `org/name/resolve/<commit>/<path>`. */
  readonly urlPath: string;
  /** Where the bytes gather. What is there from an earlier try is kept and completed. */
  readonly part: string;
  /** Told after every piece; `total` is `undefined` when the hub does not say. */
  readonly onProgress: (received: number, total: number | undefined) => void;
}

/**
 * Fetches a file, going on after a dropped connection from the byte that was reached. The content is not checked.
 *
 * @returns the hash that the hub gives for the content; `''` when it gives none.
 * @throws FashionMatchError `MODEL_MISSING` when the hub has no such file, or the download does not get on.
 * @throws UnreachableError when the hub cannot be reached and nothing has arrived.
 */
export async function downloadFile(connection: HubConnection, download: Download): Promise<string> {
  try {
    return await withRetries(connection, (progress) => fetchRest(connection, download, progress));
  } catch (error) {
    if (!(error instanceof TransientError) || error instanceof UnreachableError) throw error;
    throw new FashionMatchError(
      'MODEL_MISSING',
      `Downloading ${download.urlPath} from ${connection.endpoint} does not get on (${reasonOf(error)}). ` +
        'What has arrived is kept: run "fashionmatch models pull" again when the connection is better.',
      { cause: error },
    );
  }
}

async function fetchRest(connection: HubConnection, download: Download, progress: () => void): Promise<string> {
  const stalled = new AbortController();
  const watchdog = setTimeout(() => {
    stalled.abort(new Error(`nothing came for ${String(connection.stallMs / 1000)} s`));
  }, connection.stallMs);
  try {
    const here = await sizeOf(download.part);
    const range: Record<string, string> = here > 0 ? { range: `bytes=${String(here)}-` } : {};
    // Compressed bytes could not be counted, nor gone on with.
    const headers = { 'accept-encoding': 'identity', ...range };
    const { response, contentHash } = await hubGet(connection, download.urlPath, headers, stalled.signal);
    if (response.status === RANGE_NOT_SATISFIABLE) {
      await response.body?.cancel();
      if (response.headers.get('content-range') === `bytes */${String(here)}`) return contentHash;
      await rm(download.part, { force: true });
      throw new TransientError('the part that was here is no part of the file');
    }
    const start = startOf(response, here);
    await append(response, start, download, () => {
      watchdog.refresh();
      progress();
    });
    return contentHash;
  } finally {
    clearTimeout(watchdog);
  }
}

/** Where the response's body begins in the file: a hub may send all of it although the rest was asked for. */
function startOf(response: Response, here: number): number {
  if (response.status !== 206) return 0;
  const start = Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1] ?? NaN);
  if (start !== here) throw new TransientError('the hub sent another part of the file than asked for');
  return start;
}

async function append(response: Response, start: number, download: Download, alive: () => void): Promise<void> {
  const length = Number(response.headers.get('content-length') ?? NaN);
  const total = Number.isFinite(length) ? start + length : undefined;
  const file = await open(download.part, start === 0 ? 'w' : 'a');
  let received = start;
  try {
    for await (const piece of piecesOf(response)) {
      received += piece.length;
      if (received > (total ?? MAX_FILE_BYTES)) throw new TransientError('the hub sent more than it announced');
      await file.appendFile(piece);
      alive();
      download.onProgress(received, total);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  if (total !== undefined && received < total) throw new TransientError('the connection dropped');
}

/** The body, with a dropped connection told from a full disk. */
async function* piecesOf(response: Response): AsyncGenerator<Uint8Array> {
  if (response.body === null) return;
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw new TransientError(`the connection dropped (${reasonOf(cause)})`, { cause });
      });
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
