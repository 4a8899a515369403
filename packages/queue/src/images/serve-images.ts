import { createHash, timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';

import { FashionMatchError, ItemError, reasonOf, type Logger } from '@fashionmatch/domain';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import pLimit from 'p-limit';

import { FAULT_STATUS, type ImageFault } from './image-fault.js';

export interface ServeImagesOptions {
  /** Where to listen: a name or address of this machine. */
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** What everybody has to know who asks. */
  readonly secret: () => Promise<string>;
  /**
   * The bytes of an image that workers have been given; undefined for any other.
   *
   * @throws ItemError when it cannot be read, or has changed.
   */
  readonly read: (contentSha256: string) => Promise<Uint8Array | undefined>;
  readonly logger: Logger;
  /** How long one image may take to be taken, in milliseconds; two minutes unless given. */
  readonly answerMs?: number;
  /** How long nothing of it may be taken, in milliseconds; five seconds unless given, and at most twice as long. */
  readonly stallMs?: number;
}

export interface ImageServer extends AsyncDisposable {
  readonly port: number;
}

/** Images in memory at once, until they are taken. */
const AT_ONCE = 8;
/** Workers ask for several at once, and wait for their turn. */
const MAX_CONNECTIONS = 2_048;
const REQUEST_MS = 10_000;
const ANSWER_MS = 120_000;
/** Workers that wait behind those that take nothing give up half a minute after they have asked. */
const STALL_MS = 5_000;

/**
 * Gives workers the images of their jobs, by the SHA-256 of their bytes and to nobody without the secret:
 * `GET /images/{sha256}`.
 *
 * @throws FashionMatchError `USAGE_INVALID` when it cannot listen there.
 */
export async function serveImages(options: ServeImagesOptions): Promise<ImageServer> {
  const { host, port, secret } = options;
  const server = fastify({ requestTimeout: REQUEST_MS, return503OnClosing: false, bodyLimit: 1 });
  server.server.maxConnections = MAX_CONNECTIONS;
  server.addHook('onRequest', async ({ headers }, reply) => {
    if (isSecret(headers.authorization, await secret())) return;
    await reply.code(401).header('www-authenticate', 'Bearer').send({ message: 'The secret is missing or wrong.' });
  });
  addImages(server, options);
  try {
    await server.listen({ host, port });
  } catch (cause) {
    await server.close();
    const reason = `Images cannot be served at ${host}, port ${String(port)} (${reasonOf(cause)})`;
    throw new FashionMatchError('USAGE_INVALID', `${reason}: name another place with --serve-images.`, { cause });
  }
  const [bound] = server.addresses();
  return {
    port: typeof bound === 'object' ? bound.port : port,
    async [Symbol.asyncDispose]() {
      // Who has not taken everything by now has no use for it.
      server.server.closeAllConnections();
      await server.close();
    },
  };
}

function addImages(server: FastifyInstance, options: ServeImagesOptions): void {
  const { read, logger, answerMs = ANSWER_MS, stallMs = STALL_MS } = options;
  const turns = pLimit(AT_ONCE);
  server.get<{ readonly Params: { readonly contentSha256: string } }>(
    '/images/:contentSha256(^[0-9a-f]{64}$)',
    (request, reply) => turns(() => answer(request, reply)),
  );
  const answer = async ({ params, socket }: Asked, reply: FastifyReply): Promise<void> => {
    // Whoever has left while it waited.
    if (socket.destroyed) return;
    const ended = untilTaken(socket, reply, answerMs);
    try {
      const bytes = await read(params.contentSha256);
      // Node.js looks whether any of what is written has been taken since, and else leaves the socket.
      reply.raw.setTimeout(stallMs);
      if (bytes)
        await reply.type('application/octet-stream').send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
      else await reply.code(404).send({ message: 'No worker has been given this image.' });
    } catch (error) {
      if (!(error instanceof ItemError)) logger.error(`An image cannot be served: ${reasonOf(error)}`);
      const fault: ImageFault = {
        code: error instanceof ItemError ? error.code : 'IMAGE_UNREADABLE',
        message: reasonOf(error),
      };
      await reply.code(FAULT_STATUS).send(fault);
    }
    await ended;
  };
}

type Asked = FastifyRequest<{ readonly Params: { readonly contentSha256: string } }>;

/** Resolves when the answer has been taken, or nobody waits for it any more; who is too slow is left. */
function untilTaken(socket: Socket, reply: FastifyReply, answerMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.destroy(), answerMs);
    reply.raw.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Takes as long for a wrong one as for the right one. */
function isSecret(header: string | undefined, secret: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(header ?? ''), digest(`Bearer ${secret}`));
}
