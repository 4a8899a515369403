import { ItemError } from '@fashionmatch/domain';
import pLimit from 'p-limit';
import pTimeout from 'p-timeout';

import type { HeicReply } from './heic-protocol.js';
import { HeicThread } from './heic-thread.js';

/** The thread is ended after so long without work: a server that was sent one photo of a phone need not keep it. */
const IDLE_MS = 10_000;

/** Bytes. Memory of WebAssembly never shrinks; a photo of 12 megapixels needs about half of this. */
const KEPT_MEMORY = 256 * 2 ** 20;

/** WebAssembly on one thread takes several times as long as the native code that deadlines are made for. */
const PATIENCE = 4;

// One thread for the whole process, whoever decodes: the first HEIC file starts it, and two would need twice the memory.
const turns = pLimit(1);
let thread: HeicThread | undefined;
let idle: NodeJS.Timeout | undefined;

export interface HeicLimits {
  readonly maxPixels: number;
  /** Milliseconds for one image in native code. */
  readonly deadlineMs: number;
}

/**
 * Turns a HEIC file into one that sharp reads: a TIFF file with the same picture, colour profile and orientation.
 *
 * @throws ItemError `IMAGE_INVALID` or `IMAGE_TOO_LARGE`.
 */
export function unpackHeic(bytes: Uint8Array, { maxPixels, deadlineMs }: HeicLimits): Promise<Uint8Array> {
  return turns(async () => {
    clearTimeout(idle);
    const asked = (thread ??= new HeicThread());
    let reply: HeicReply;
    try {
      reply = await pTimeout(asked.ask({ bytes, maxPixels }), {
        milliseconds: deadlineMs * PATIENCE,
        message: tooSlow(),
      });
    } catch (cause) {
      await endThread();
      throw cause instanceof ItemError ? cause : damaged(cause);
    }
    if (reply.memory > KEPT_MEMORY) await endThread();
    else asked.rest();
    idle = setTimeout(() => void endThread(), IDLE_MS).unref();
    if (reply.name === 'picture') return reply.tiff;
    throw faultOf(reply);
  });
}

async function endThread(): Promise<void> {
  const ended = thread;
  thread = undefined;
  await ended?.end();
}

function faultOf({ fault, message }: Extract<HeicReply, { readonly name: 'fault' }>): ItemError {
  switch (fault) {
    case 'too-large':
      return new ItemError('IMAGE_TOO_LARGE', message);
    case 'unsupported':
      return new ItemError('IMAGE_INVALID', 'This kind of HEIC file cannot be read', { cause: message });
    case 'damaged':
      return damaged(message);
  }
}

function damaged(cause: unknown): ItemError {
  return new ItemError('IMAGE_INVALID', 'The HEIC file is damaged or cut short', { cause });
}

function tooSlow(): ItemError {
  return new ItemError('IMAGE_INVALID', 'The image takes too long to decode');
}
