import { randomBytes } from 'node:crypto';

import { FashionMatchError, reasonOf } from '@fashionmatch/domain';
import type { OpenedSimilaritySearch } from '@fashionmatch/pipeline';
import type { FastifyInstance } from 'fastify';

import { defineCommand } from '../declaration/define-command.js';
import { withGenerationOption } from '../declaration/generation-option.js';
import { withMonitorOption } from '../declaration/monitor-option.js';
import { wholeNumber } from '../declaration/option-values.js';
import { CountingLogger } from '../resident/counting-logger.js';
import { isLoopback } from '../server/access.js';
import { EXIT } from '../terminal/exit-code.js';
import { reporting } from '../terminal/reporting.js';
import { StopSignals } from '../terminal/stop-signals.js';

/** Easy to remember, and in nobody's list of well-known ports; when it is taken, any free one does. */
const DEFAULT_PORT = 3210;

/** 128 bits, written in any way. */
const MIN_TOKEN_LENGTH = 16;

/** `fashionmatch serve`: a local web page and API to search with, until it is stopped. */
export const serve = defineCommand({
  name: 'serve',
  description: 'a local web page to search with: drop a photo, or click an item',
  examples: ['fashionmatch serve', 'fashionmatch serve --port 8080'],
  logLevel: 'warn',
  declare: (command) =>
    withMonitorOption(
      withGenerationOption(
        command
          .option(
            '--port <n>',
            'where to listen; 0 for any free port (default: 3210, or a free one)',
            wholeNumber(0, 65_535),
          )
          .option('--host <name>', 'who can reach it; beyond this machine a token is needed', '127.0.0.1'),
      ),
    ),
  action: async ({ host, port, metrics, ...options }, session) => {
    using stop = new StopSignals();
    const { terminal, logger, progress } = session;
    const work = async (): Promise<number> => {
      const { isStoreWaitedFor, openSimilaritySearch, resolveGeneration } = await import('@fashionmatch/pipeline');
      const { loadStoreConfig } = await import('../planning/store-config.js');
      const { createServer } = await import('../server/server.js');
      const { SharedSearch } = await import('../server/shared-search.js');
      const { answerSearches } = await import('../resident/answer-searches.js');
      const { openMonitor } = await import('../metrics/open-monitor.js');
      const token = tokenFor(host, terminal.env);
      const given = await loadStoreConfig(options);
      // Whoever waits for an answer is told at once that the store is away, and asks again.
      const config = { ...given, database: { ...given.database, patienceMs: 0 } };
      await using monitored = await openMonitor(metrics, 'serve', logger);
      const log = new CountingLogger(logger);
      const opening = () => openSimilaritySearch({ config, logger: log, progress });
      const watched =
        monitored && (await import('../metrics/server-metrics.js')).watchServer(monitored.monitor, opening, config);
      // Another one may be made to serve meanwhile.
      const isCurrent = async ({ config: { database } }: OpenedSimilaritySearch): Promise<boolean> =>
        (await resolveGeneration(config, { logger })).database.openedGeneration === database.openedGeneration;
      const isWanted = (): Promise<boolean> => isStoreWaitedFor(config);
      await using search = new SharedSearch(watched?.open ?? opening, { isWanted, isCurrent });
      // Whatever is wrong with the store or the models is said now, not to the first who asks.
      await search.use(({ store }) => store.count());
      await using server = await createServer({
        search,
        config,
        host,
        token: token?.value,
        logger,
        onAnswer: watched?.onAnswer,
      });
      const url = await listen(server, host, port);
      await using answering = await answerSearches({ search, config: given, env: terminal.env, log, isCurrent });
      if (answering) log.debug('Searches of the command line are answered here');
      if (token?.isNew) {
        progress.write(`The token, shown only now: ${token.value}\nThe page with it: ${url}#token=${token.value}\n`);
      }
      if (!isLoopback(host)) progress.write('Others can reach this page, and the way to it is not encrypted.\n');
      session.print(
        () => ({ schema_version: 1, url }),
        () => `FashionMatch is at ${url} (Ctrl-C ends it)\n`,
      );
      await stopped(stop.signal);
      await server.close();
      return stop.exitCode ?? EXIT.done;
    };
    return await reporting(session, work, { stop, message: 'Interrupted before the page was there' });
  },
});

/** None where only this machine can ask, unless one is set. @throws FashionMatchError `USAGE_INVALID` */
function tokenFor(
  host: string,
  env: NodeJS.ProcessEnv,
): { readonly value: string; readonly isNew: boolean } | undefined {
  const value = env['FASHIONMATCH_SERVE_TOKEN'] ?? '';
  if (value === '') return isLoopback(host) ? undefined : { value: randomBytes(24).toString('base64url'), isNew: true };
  if (value.length >= MIN_TOKEN_LENGTH && /^[\x21-\x7e]+$/.test(value)) return { value, isNew: false };
  throw new FashionMatchError(
    'USAGE_INVALID',
    `FASHIONMATCH_SERVE_TOKEN must be ${String(MIN_TOKEN_LENGTH)} or more letters, digits and marks, without spaces.`,
  );
}

/** @returns where people find it. */
async function listen(server: FastifyInstance, host: string, port: number | undefined): Promise<string> {
  try {
    await server.listen({ host, port: port ?? DEFAULT_PORT });
  } catch (cause) {
    const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
    if (!isTaken || port !== undefined) throw cannotListen(host, port, cause);
    await server.listen({ host, port: 0 }).catch((again: unknown) => {
      throw cannotListen(host, port, again);
    });
  }
  const [bound] = server.addresses();
  const boundPort = typeof bound === 'object' ? bound.port : port;
  // Nobody can go to "every address".
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${String(boundPort)}/`;
}

function cannotListen(host: string, port: number | undefined, cause: unknown): FashionMatchError {
  const where = port === undefined ? host : `${host}, port ${String(port)}`;
  const message = `The page cannot be served at ${where} (${reasonOf(cause)}): choose others with --host and --port.`;
  return new FashionMatchError('USAGE_INVALID', message, { cause });
}

async function stopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true });
  });
}
