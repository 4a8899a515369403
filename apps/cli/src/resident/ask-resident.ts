import { request } from 'node:http';
import { text } from 'node:stream/consumers';

import type { AppConfig } from '@fashionmatch/pipeline';

import { answerSchema } from './look-alikes-document.js';
import type { LookAlikes, LookAlikesRequest } from './look-alikes.js';
import { searchSocket } from './search-socket.js';

/** Longer than a search of a large store takes; one that was suspended never answers. */
const PATIENCE_MS = 10_000;

/**
 * What a `serve` that runs with this configuration finds, its store and models being open. Undefined where there is none, or
 * where it cannot answer as the command would itself, with its warnings and errors: then the command does.
 */
export async function askResident(
  config: AppConfig,
  asked: LookAlikesRequest,
  env: NodeJS.ProcessEnv,
): Promise<LookAlikes | undefined> {
  const socketPath = await searchSocket(config, env);
  if (socketPath === undefined) return undefined;
  try {
    return answerSchema.parse(JSON.parse(await post(socketPath, JSON.stringify(asked))));
  } catch {
    return undefined;
  }
}

/** @throws Error when there is no answer but a refusal. */
function post(socketPath: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const asking = request({ socketPath, path: '/look-alikes', method: 'POST', headers, signal }, (answer) => {
      if (answer.statusCode === 200) text(answer).then(resolve, reject);
      else {
        answer.destroy();
        reject(new Error('It does not answer this'));
      }
    });
    asking.on('error', reject).end(body);
  });
}
