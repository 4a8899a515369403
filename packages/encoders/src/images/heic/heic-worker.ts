import { parentPort } from 'node:worker_threads';

import { ItemError } from '@fashionmatch/domain';
import libheif from 'libheif-js/libheif-wasm/libheif-bundle.mjs';

import type { HeicReply, HeicRequest } from './heic-protocol.js';
import { LibHeifError } from './libheif-session.js';
import { readHeic } from './read-heic.js';

// A worker thread with libheif in it, whose calls block the thread they are made on. Whatever is no fault of the file
// ends the thread: memory of WebAssembly in which something went wrong is not used again.

const silent = (): void => undefined;
const lib = libheif({ print: silent, printErr: silent });

parentPort?.on('message', (request: HeicRequest) => {
  const reply = answer(request);
  parentPort?.postMessage(reply, reply.name === 'picture' ? [reply.tiff.buffer] : []);
});

function answer({ bytes, maxPixels }: HeicRequest): HeicReply {
  try {
    const tiff = readHeic(lib, bytes, maxPixels);
    return { name: 'picture', tiff, memory: lib.HEAPU8.length };
  } catch (error) {
    if (!(error instanceof ItemError) && !(error instanceof LibHeifError)) throw error;
    return { name: 'fault', fault: faultOf(error), message: error.message, memory: lib.HEAPU8.length };
  }
}

/** `heif_error_Unsupported_filetype` and `heif_error_Unsupported_feature`. */
const UNSUPPORTED = [3, 4];
/** `heif_suberror_No_or_invalid_primary_item`: a film without a still. */
const NO_PRIMARY_IMAGE = 124;

function faultOf(error: ItemError | LibHeifError): 'too-large' | 'unsupported' | 'damaged' {
  if (error instanceof ItemError) return 'too-large';
  return UNSUPPORTED.includes(error.code) || error.subcode === NO_PRIMARY_IMAGE ? 'unsupported' : 'damaged';
}
