import swagger from '@fastify/swagger';
import { reasonOf, type Logger } from '@fashionmatch/domain';
import { readsTexts, type AppConfig } from '@fashionmatch/pipeline';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';

import { hasToken, isOwnHost, isOwnOrigin } from './access.js';
import { answerUnreadable, limitConnections } from './connections.js';
import { addDuplicatesRoute } from './duplicates-routes.js';
import { addItemRoutes } from './item-routes.js';
import { addPageRoutes } from './page-routes.js';
import { faultDocument, RequestFault, requestFaultOf } from './request-fault.js';
import { STATUS } from './schemas.js';
import { addSearchRoutes, type PhotoLimits } from './search-routes.js';
import type { SharedSearch } from './shared-search.js';

export interface ServerOptions {
  readonly search: SharedSearch;
  readonly config: AppConfig;
  /** Where it will listen. */
  readonly host: string;
  /** Asked for by every request to the API, where there is one. */
  readonly token: string | undefined;
  readonly logger: Logger;
  /** Told of each answer. */
  readonly onAnswer?: ((answer: Answer) => void) | undefined;
  /** Those of the product, unless told otherwise. */
  readonly photoLimits?: Pick<PhotoLimits, 'placeMs' | 'uploadMs'>;
}

export interface Answer {
  readonly method: string;
  /** As it is declared, such as `/api/items/:id`; undefined for what leads nowhere. */
  readonly route: string | undefined;
  readonly status: number;
  readonly ms: number;
}

/** The API describes itself with it. */
const VERSION = '1';

/** A request that has not arrived by then is given up, in milliseconds. */
const REQUEST_TIMEOUT_MS = 60_000;
const PHOTO_LIMITS = { uploadMs: 15_000, placeMs: 20_000 };

/** Ids have 512 UTF-16 units at most; each can be nine characters of an address. */
const MAX_PARAMETER_LENGTH = 512 * 9;

/** The page loads what is its own, talks to its own server, and cannot be put in another page. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;

/** The local web page and its API, not listening yet. */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const { search, config, host, token, logger, onAnswer, photoLimits = PHOTO_LIMITS } = options;
  const answerFault = (thrown: unknown, { method, url, signal }: FastifyRequest, reply: FastifyReply): void => {
    const { status, code, message } = requestFaultOf(thrown);
    // A client that left while it waited for a place is nobody's fault.
    if (code === 'BUSY' && signal.aborted) logger.debug(`${method} ${url}: the client left`);
    else if (status >= 500) logger.error(`${method} ${url}: ${reasonOf(thrown)}`, { code });
    void reply.code(status).headers(HEADERS).send(faultDocument(code, message));
  };
  const server = fastify({
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Who does not name the server is told so below.
    http: { requireHostHeader: false },
    return503OnClosing: false,
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true } },
    frameworkErrors: answerFault,
    clientErrorHandler: answerUnreadable,
  });
  limitConnections(server);
  server.setErrorHandler(answerFault);
  server.removeAllContentTypeParsers();
  // Whoever wants the body reads it.
  server.addContentTypeParser(/^(?:image\/|application\/octet-stream)/, (_, body, done) => {
    done(null, body);
  });

  refuseStrangers(server, host);
  server.addHook('onResponse', ({ method, url, routeOptions }, { statusCode: status, elapsedTime }, done) => {
    onAnswer?.({ method, route: routeOptions.url, status, ms: elapsedTime });
    logger.debug(`${method} ${url} ${String(status)}`, { method, url, status, ms: Math.round(elapsedTime) });
    done();
  });
  server.setNotFoundHandler(() => {
    throw new RequestFault(404, 'NOT_FOUND', 'There is nothing here.');
  });

  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'FashionMatch', version: VERSION },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: token === undefined ? [] : [{ token: [] }],
    },
  });
  addPageRoutes(server);
  await server.register((api, _, done) => {
    if (token !== undefined) requireToken(api, token);
    addSearchRoutes(api, search, { bytes: config.limits.maxFileBytes, ...photoLimits });
    addItemRoutes(api, search);
    addDuplicatesRoute(api, search);
    addStatusRoute(api, options);
    api.get('/api/openapi.json', { schema: { hide: true } }, () => server.swagger());
    done();
  });
  return server;
}

/** Whoever asks under another name, or from another site's page. */
function refuseStrangers(server: FastifyInstance, host: string): void {
  server.addHook('onRequest', ({ headers }, reply, done) => {
    void reply.headers(HEADERS);
    if (!isOwnHost(headers.host, host)) {
      done(new RequestFault(403, 'FORBIDDEN', 'This server has another name.'));
    } else if (!isOwnOrigin(headers.origin, headers.host)) {
      done(new RequestFault(403, 'FORBIDDEN', 'Only the page of this server may ask it.'));
    } else done();
  });
}

/** A property of the routes, not of how an address is written: `/%61pi` leads to the same place as `/api`. */
function requireToken(api: FastifyInstance, token: string): void {
  api.addHook('onRequest', ({ headers }, reply, done) => {
    if (hasToken(headers.authorization, token)) {
      done();
      return;
    }
    void reply.header('www-authenticate', 'Bearer');
    done(new RequestFault(401, 'UNAUTHORIZED', 'The token is missing or wrong.'));
  });
}

function addStatusRoute(server: FastifyInstance, { search, config }: ServerOptions): void {
  // Told by the model's files, which may still come; once they are there they are not looked at again.
  const readers = new Set<string>();
  const readsText = async (opened: AppConfig): Promise<boolean> => {
    const { clipModel } = opened.models;
    if (!readers.has(clipModel) && (await readsTexts(opened))) readers.add(clipModel);
    return readers.has(clipModel);
  };
  server.get('/api/status', { schema: STATUS }, () =>
    search.use(async ({ store, scorer, config: opened }) => ({
      schema_version: 1,
      items: await store.count(),
      encoders: scorer.describe(),
      weights: scorer.weights,
      generation: opened.database.openedGeneration ?? null,
      reads_text: await readsText(opened),
      max_upload_bytes: config.limits.maxFileBytes,
    })),
  );
}
