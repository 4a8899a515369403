import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import { FashionMatchError, reasonOf, type Logger } from '@fashionmatch/domain';

import type { MonitorAddress } from '../declaration/monitor-option.js';
import { isLoopback, isOwnHost } from '../server/access.js';
import type { Monitor } from './monitor.js';

const MAX_CONNECTIONS = 64;
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Answers `/metrics` in the text form of Prometheus, `/healthz` while the process is alive, and `/readyz` while it can do
 * its work.
 *
 * @throws FashionMatchError `USAGE_INVALID` when nobody can listen there.
 */
export async function serveMonitor(
  monitor: Monitor,
  { host, port }: MonitorAddress,
  logger: Logger,
): Promise<AsyncDisposable> {
  const server = createServer((request, response) => {
    void answer(request, response, monitor, host);
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = REQUEST_TIMEOUT_MS;
  server.listen({ host, port });
  try {
    await once(server, 'listening');
  } catch (cause) {
    const message = `The metrics cannot be served at ${host}, port ${String(port)} (${reasonOf(cause)}): choose another with --metrics.`;
    throw new FashionMatchError('USAGE_INVALID', message, { cause });
  }
  // Nothing is kept alive by it, nor waits for it.
  server.unref();
  const bound = server.address();
  const boundPort = typeof bound === 'object' && bound !== null ? bound.port : port;
  logger.info(`Metrics are at http://${host.includes(':') ? `[${host}]` : host}:${String(boundPort)}/metrics`);
  if (!isLoopback(host)) logger.warn('Others can read the metrics, and the way to them is not encrypted');
  return {
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  { method, url = '/', headers }: IncomingMessage,
  response: ServerResponse,
  monitor: Monitor,
  host: string,
): Promise<void> {
  const send = (status: number, body: string, type = 'application/json'): void => {
    response.writeHead(status, {
      'content-type': type,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    response.end(method === 'HEAD' ? undefined : body);
  };
  // Pages of other sites can make their names lead to this machine; what others may read is read under any name.
  if (isLoopback(host) && !isOwnHost(headers.host, host)) {
    send(403, '{"status":"forbidden"}');
    return;
  }
  if (method !== 'GET' && method !== 'HEAD') {
    send(405, '{"status":"method_not_allowed"}');
    return;
  }
  const [path] = url.split('?');
  if (path === '/healthz') send(200, '{"status":"alive"}');
  else if (path === '/readyz') {
    const reason = await monitor.notReadyBecause();
    send(
      reason === undefined ? 200 : 503,
      JSON.stringify(reason === undefined ? { status: 'ready' } : { status: 'not_ready', reason }),
    );
  } else if (path === '/metrics') {
    try {
      send(200, await monitor.registry.metrics(), monitor.registry.contentType);
    } catch (thrown) {
      send(500, JSON.stringify({ status: 'failed', reason: reasonOf(thrown) }));
    }
  } else send(404, '{"status":"not_found"}');
}
