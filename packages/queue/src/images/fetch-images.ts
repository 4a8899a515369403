import { setTimeout as pause } from 'node:timers/promises';

import { FashionMatchError, ItemError, reasonOf, type Logger } from '@fashionmatch/domain';

import { FAULT_STATUS, imageFault } from './image-fault.js';

export interface FetchImagesOptions {
  /** Where the coordinator serves its images, such as `http://coordinator:7070`. */
  readonly from: string;
  /** What the coordinator of a run wants to be told. */
  readonly secretOf: (run: string) => Promise<string>;
  /** A larger image is refused. */
  readonly maxBytes: number;
  /** How long the coordinator may be away, in milliseconds; two minutes unless given. */
  readonly patienceMs?: number;
  /** How long one answer may take, in milliseconds; two minutes unless given. */
  readonly answerMs?: number;
  /** How long it may bring nothing before it is asked for again, in milliseconds; half a minute unless given. */
  readonly stallMs?: number;
  readonly logger: Logger;
}

export interface ImageFetcher extends AsyncDisposable {
  /**
   * The bytes of an image of a run's job, not checked yet.
   *
   * @throws ItemError as the coordinator says, or `IMAGE_TOO_LARGE`; FashionMatchError `SOURCE_UNREADABLE` when there is
   *   no coordinator, and `USAGE_INVALID` when it is another run's.
   */
  fetch(contentSha256: string, run: string): Promise<Uint8Array>;
}

const PATIENCE_MS = 120_000;
const ANSWER_MS = 120_000;
const STALL_MS = 30_000;
const RETRY_MS = 500;
const MAX_FAULT_BYTES = 4_096;

/** Gets images from the coordinator, which is waited for when it does not answer. */
export function fetchImages(options: FetchImagesOptions): ImageFetcher {
  return new CoordinatorImages(options);
}

/** The coordinator gave no answer, or cannot give one now. */
class NoAnswer extends Error {}

class CoordinatorImages implements ImageFetcher {
  readonly #options: FetchImagesOptions;
  readonly #ended = new AbortController();
  readonly #secrets = new Map<string, string>();
  #isAway = false;

  constructor(options: FetchImagesOptions) {
    this.#options = options;
  }

  async fetch(contentSha256: string, run: string): Promise<Uint8Array> {
    const { from, patienceMs = PATIENCE_MS, logger } = this.#options;
    let patientUntil: number | undefined;
    for (;;) {
      try {
        const bytes = await this.#ask(contentSha256, run);
        if (this.#isAway) logger.info(`The coordinator at ${from} is back`);
        this.#isAway = false;
        return bytes;
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        if (!this.#isAway) logger.warn(`The coordinator at ${from} does not answer (${error.message}): waiting for it`);
        this.#isAway = true;
        // From the first failure on: what took long to fail leaves time for another try.
        patientUntil ??= performance.now() + patienceMs;
        if (performance.now() >= patientUntil) {
          const seconds = Math.round(patienceMs / 1_000);
          throw new FashionMatchError(
            'SOURCE_UNREADABLE',
            `The coordinator at ${from} has given no image for ${String(seconds)} s (${error.message}): start it with --serve-images, or mend --fetch.`,
            { cause: error },
          );
        }
        await pause(RETRY_MS, undefined, { signal: this.#ended.signal });
      }
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    return Promise.resolve();
  }

  async #ask(contentSha256: string, run: string): Promise<Uint8Array> {
    const { from, answerMs = ANSWER_MS, stallMs = STALL_MS, secretOf } = this.#options;
    const known = this.#secrets.get(run);
    const secret = known ?? (await secretOf(run));
    this.#secrets.set(run, secret);
    using stall = new StallWatch(stallMs);
    const response = await this.#get(new URL(`images/${contentSha256}`, from.endsWith('/') ? from : `${from}/`), {
      headers: { authorization: `Bearer ${secret}` },
      redirect: 'manual',
      signal: AbortSignal.any([this.#ended.signal, AbortSignal.timeout(answerMs), stall.signal]),
    });
    stall.goesOn();
    if (response.status !== 401 || known === undefined) return await this.#bytesOf(response, stall);
    // Redis may have forgotten the one that was known here.
    await response.body?.cancel();
    this.#secrets.delete(run);
    return await this.#ask(contentSha256, run);
  }

  async #bytesOf(response: Response, stall: StallWatch): Promise<Uint8Array> {
    const { from, maxBytes } = this.#options;
    const { status } = response;
    if (status === 200) return this.#read(response, maxBytes, stall);
    const text = Buffer.from(await this.#read(response, MAX_FAULT_BYTES, stall)).toString();
    if (status === 404) throw new ItemError('IMAGE_MISSING', 'the coordinator does not give it out any more');
    if (status === FAULT_STATUS) throw faultIn(text);
    if (status === 401) {
      throw new FashionMatchError(
        'USAGE_INVALID',
        `The coordinator at ${from} has another run than the one whose job this is: give --fetch that one's address.`,
      );
    }
    if (status === 408 || status === 429 || status >= 500) throw new NoAnswer(`status ${String(status)}`);
    throw new FashionMatchError(
      'SOURCE_UNREADABLE',
      `What is at ${from} is no coordinator (status ${String(status)}): mend --fetch.`,
    );
  }

  async #get(url: URL, request: RequestInit): Promise<Response> {
    try {
      return await fetch(url, request);
    } catch (error) {
      throw this.#noAnswer(error);
    }
  }

  async #read({ body }: Response, maxBytes: number, stall: StallWatch): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    try {
      for await (const chunk of body ?? []) {
        if (!(chunk instanceof Uint8Array)) continue;
        stall.goesOn();
        size += chunk.length;
        // Leaving the loop ends the answer.
        if (size > maxBytes) throw tooLarge(maxBytes);
        chunks.push(chunk);
      }
    } catch (error) {
      throw error instanceof ItemError ? error : this.#noAnswer(error);
    }
    return Buffer.concat(chunks);
  }

  #noAnswer(error: unknown): unknown {
    if (this.#ended.signal.aborted) return error;
    const cause = error instanceof Error ? error.cause : undefined;
    return new NoAnswer(reasonOf(cause ?? error), { cause: error });
  }
}

/** Aborts when nothing has gone on for a while. */
class StallWatch implements Disposable {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(stallMs: number) {
    const reason = new Error(`nothing has come for ${String(stallMs / 1_000)} s`);
    this.#timer = setTimeout(() => {
      this.#controller.abort(reason);
    }, stallMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  goesOn(): void {
    this.#timer.refresh();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}

function tooLarge(maxBytes: number): ItemError {
  const limit = (maxBytes / 2 ** 20).toFixed(1);
  return new ItemError('IMAGE_TOO_LARGE', `the coordinator gives more than the limit of ${limit} MiB`);
}

function faultIn(text: string): ItemError {
  try {
    const { code, message } = imageFault.parse(JSON.parse(text));
    return new ItemError(code, message);
  } catch (cause) {
    return new ItemError('IMAGE_UNREADABLE', 'the coordinator gives no reason that can be read', { cause });
  }
}
