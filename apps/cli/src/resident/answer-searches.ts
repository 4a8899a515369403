import { rm } from 'node:fs/promises';
import { connect } from 'node:net';

import { reasonOf } from '@fashionmatch/domain';
import type { AppConfig, OpenedSimilaritySearch } from '@fashionmatch/pipeline';
import fastify, { type FastifyInstance } from 'fastify';

import { readParts } from '../planning/read-parts.js';
import type { SharedSearch } from '../server/shared-search.js';
import type { CountingLogger } from './counting-logger.js';
import { requestSchema } from './look-alikes-document.js';
import { findLookAlikes } from './look-alikes.js';
import { searchSocket } from './search-socket.js';

/** A query with many parts, and long texts. */
const BODY_LIMIT = 1_048_576;

export interface AnswerSearchesOptions {
  readonly search: SharedSearch;
  /** As the command line has it. */
  readonly config: AppConfig;
  readonly env: NodeJS.ProcessEnv;
  /** Of what `search` does: an answer that goes with a warning is left to the command, whose user is to read it. */
  readonly log: CountingLogger;
  /** Whether what is open is what a command would open now. */
  readonly isCurrent: (opened: OpenedSimilaritySearch) => Promise<boolean>;
}

/**
 * Answers searches of the command line of this user, with this configuration, so that they need not open store and models
 * again. What cannot be answered is refused without a word: the command finds out by itself what is wrong.
 *
 * @returns what ends it; undefined where another server does it already, or there is no place for it.
 */
export async function answerSearches(options: AnswerSearchesOptions): Promise<AsyncDisposable | undefined> {
  const { config, env, log } = options;
  const path = await searchSocket(config, env);
  if (path === undefined || (await isAnswered(path))) return undefined;
  const server = fastify({ bodyLimit: BODY_LIMIT, return503OnClosing: false });
  addRoute(server, options);
  try {
    // Left by one that was killed.
    await rm(path, { force: true });
    await server.listen({ path });
  } catch (thrown) {
    log.warn(`Searches of the command line open the store themselves: ${reasonOf(thrown)}`);
    return undefined;
  }
  return { [Symbol.asyncDispose]: () => server.close() };
}

function addRoute(server: FastifyInstance, { search, config, log, isCurrent }: AnswerSearchesOptions): void {
  server.post('/look-alikes', async ({ body }, reply) => {
    const asked = requestSchema.safeParse(body);
    if (!asked.success) return reply.code(400).send();
    try {
      const before = log.count;
      const found = await search.use(async (opened) => {
        if (!(await isCurrent(opened))) return undefined;
        return findLookAlikes(opened, asked.data, (parts) => readParts(parts, config, nothing()));
      });
      if (found === undefined || found.isEmpty || log.count > before) return await reply.code(409).send();
      log.debug('Answered a search of the command line', { hits: found.hits.length });
      return found;
    } catch (thrown) {
      log.debug(`A search of the command line is left to it: ${reasonOf(thrown)}`);
      return reply.code(409).send();
    }
  });
}

/** Its own standard input is nobody's query. */
async function* nothing(): AsyncGenerator<never> {
  // Nothing comes.
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (isThere: boolean) => () => {
      socket.destroy();
      resolve(isThere);
    };
    socket.on('connect', end(true)).on('error', end(false));
  });
}
