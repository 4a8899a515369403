import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

import { FashionMatchError, ItemError, type ImageFile } from '@fashionmatch/domain';
import type { Agent } from 'undici';
import { z } from 'zod';

import { ChangedFault, faultOfNetwork, faultOfStatus, ofAddress, TransientFault } from './download-fault.js';
import type { GuardedAgentOptions, LookupAll } from './guarded-agent.js';
import { HostTurns } from './host-turns.js';
import type { ContentKind, ImageFolder } from './image-folder.js';
import type { ImagePart } from './image-parts.js';
import { contentOf, continues, rangeHeaders, type ImageContent } from './partial-content.js';
import { isPublicAddress } from './public-address.js';

/** Milliseconds. */
export interface DownloadTimes {
  /** For a connection to be made. */
  readonly connectMs: number;
  /** Without a byte from the server. */
  readonly stallMs: number;
  /** For one answer, once it is its turn. */
  readonly totalMs: number;
  /** Before the first repetition; the second one waits four times as long. */
  readonly retryMs: number;
  /** A server that wants to be left alone for longer is not waited for. */
  readonly longestPauseMs: number;
}

const TIMES: DownloadTimes = {
  connectMs: 10_000,
  stallMs: 20_000,
  totalMs: 60_000,
  retryMs: 1_000,
  longestPauseMs: 120_000,
};

export interface ImageDownloaderOptions {
  /** A larger image is refused. */
  readonly maxBytes: number;
  /** What is no image by its first bytes is not kept. */
  readonly contentKind: ContentKind;
  /** Whether there may be a connection to an IP address; by default to those of the public internet. */
  readonly allowsAddress?: ((address: string) => boolean) | undefined;
  readonly lookup?: LookupAll | undefined;
  readonly times?: Partial<DownloadTimes> | undefined;
}

const MAX_REDIRECTS = 5;
const MAX_ATTEMPTS = 3;
const MAX_URL_LENGTH = 8_000;

/** What is polite to ask of one server. */
const AT_ONCE_A_HOST = 4;

const manifest: unknown = createRequire(import.meta.url)('@fashionmatch/storage/package.json');
const USER_AGENT = `fashionmatch/${z.object({ version: z.string() }).parse(manifest).version}`;

/** Fetches images over HTTP into a folder. */
export class ImageDownloader implements AsyncDisposable {
  readonly #maxBytes: number;
  readonly #contentKind: ContentKind;
  readonly #times: DownloadTimes;
  readonly #turns: HostTurns;
  readonly #agentOptions: GuardedAgentOptions;
  #agent: Promise<Agent> | undefined;
  /** Variants of an article share an image, and are listed one after the other. */
  readonly #underWay = new Map<string, Promise<ImageFile>>();

  constructor({ maxBytes, contentKind, allowsAddress = isPublicAddress, lookup, times }: ImageDownloaderOptions) {
    this.#maxBytes = maxBytes;
    this.#contentKind = contentKind;
    this.#times = { ...TIMES, ...times };
    const { connectMs, stallMs, longestPauseMs } = this.#times;
    this.#turns = new HostTurns({ atOnce: AT_ONCE_A_HOST, longestPauseMs });
    const connections = AT_ONCE_A_HOST;
    this.#agentOptions = { allows: allowsAddress, lookup, connectMs, stallMs, maxBytes, connections };
  }

  /**
   * The image behind an address; from the folder, where it is there already.
   *
   * @throws ItemError `IMAGE_MISSING`, saying why.
   * @throws FashionMatchError `SOURCE_UNREADABLE` when nothing can be saved in the folder.
   */
  async download(address: string, folder: ImageFolder, signal?: AbortSignal): Promise<ImageFile> {
    let download = this.#underWay.get(address);
    if (download === undefined) {
      download = this.#download(address, folder, signal).finally(() => this.#underWay.delete(address));
      this.#underWay.set(address, download);
    }
    return download;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#agent)?.destroy();
  }

  async #download(address: string, folder: ImageFolder, signal: AbortSignal | undefined): Promise<ImageFile> {
    const found = await folder.find(address);
    if (found) return found;
    const url = toWebAddress(address);
    for (let attempt = 1; ; attempt++) {
      try {
        const part = await folder.parts.find(address);
        const save: Save = (content) => folder.save(address, content, this.#contentKind);
        return await this.#follow(url, { part, save, signal });
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof ItemError)) throw error;
        if (!(error instanceof TransientFault) || error instanceof ChangedFault) await folder.parts.forget(address);
        if (!(error instanceof TransientFault) || attempt === MAX_ATTEMPTS) throw ofAddress(error, url);
        // Where the server says how long to wait, its next turn waits for that.
        if (error.waitMs === undefined) await sleep(this.#times.retryMs * 4 ** (attempt - 1), undefined, { signal });
      }
    }
  }

  async #follow(url: URL, wanted: Wanted): Promise<ImageFile> {
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const from = url;
      const outcome = await this.#turns.take(from.host, wanted.signal, () => this.#get(from, wanted));
      if ('saved' in outcome) return outcome.saved;
      url = outcome.next;
    }
    throw new ItemError('IMAGE_MISSING', `the server redirects more than ${String(MAX_REDIRECTS)} times`);
  }

  async #get(url: URL, { part, save, signal }: Wanted): Promise<{ saved: ImageFile } | { next: URL }> {
    const begun = part?.url === url.href ? part : undefined;
    const deadline = AbortSignal.timeout(this.#times.totalMs);
    try {
      const agent = await (this.#agent ??= this.#open());
      const { statusCode, headers, body } = await agent.request({
        ...{ origin: url.origin, path: url.pathname + url.search, method: 'GET' },
        headers: { 'user-agent': USER_AGENT, accept: 'image/*', ...rangeHeaders(begun) },
        signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
      });
      try {
        const location = headers['location'];
        if (statusCode >= 300 && statusCode < 400 && typeof location === 'string') {
          return { next: toWebAddress(location, url) };
        }
        const isRest = begun !== undefined && statusCode === 206;
        if (begun && (statusCode === 416 || (isRest && !continues(begun, headers)))) throw new ChangedFault();
        if (statusCode !== 200 && !isRest) throw this.#refusal(url, statusCode, headers['retry-after']);
        const after = isRest ? begun.size : 0;
        return { saved: await save(contentOf(url.href, { headers, body }, after, this.#maxBytes)) };
      } finally {
        // What was not read needs no reading; of a body that was, nothing is left.
        body.on('error', () => undefined).destroy();
      }
    } catch (error) {
      if (deadline.aborted) {
        const seconds = (this.#times.totalMs / 1_000).toFixed(0);
        throw new TransientFault(`it takes longer than ${seconds} s`, { cause: error });
      }
      const isOurs = error instanceof ItemError || error instanceof FashionMatchError;
      throw isOurs ? error : faultOfNetwork(error, this.#maxBytes);
    }
  }

  /** The library takes longer to load than a command without downloads may take to begin. */
  async #open(): Promise<Agent> {
    const { guardedAgent } = await import('./guarded-agent.js');
    return guardedAgent(this.#agentOptions);
  }

  #refusal(url: URL, status: number, retryAfter: string | string[] | undefined): ItemError {
    const fault = faultOfStatus(status, typeof retryAfter === 'string' ? retryAfter : undefined);
    if (fault instanceof TransientFault && fault.waitMs !== undefined) this.#turns.pause(url.host, fault.waitMs);
    return fault;
  }
}

type Save = (content: ImageContent) => Promise<ImageFile>;

interface Wanted {
  /** What is here already of it. */
  readonly part: ImagePart | undefined;
  readonly save: Save;
  readonly signal: AbortSignal | undefined;
}

/** @throws ItemError `IMAGE_MISSING` when it is none. */
function toWebAddress(text: string, base?: URL): URL {
  if (text.length > MAX_URL_LENGTH || !URL.canParse(text, base?.href)) {
    throw new ItemError('IMAGE_MISSING', 'the address of the image is not valid');
  }
  const url = new URL(text, base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new ItemError('IMAGE_MISSING', `the address begins with ${url.protocol}, neither http: nor https:`);
  }
  return url;
}
