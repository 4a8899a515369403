import { STATUS_CODES, type Server } from 'node:http';
import type { Socket } from 'node:net';

import type { FastifyInstance } from 'fastify';

import { faultDocument, RequestFault } from './request-fault.js';

const MAX_CONNECTIONS = 2048;
const MAX_IDLE_CONNECTIONS = 512;

/** What is not answered so long after the server was told to end is given up, in milliseconds. */
const CLOSING_MS = 2_000;

/** Nobody keeps others out, or the server from ending, with connections that ask for nothing. */
export function limitConnections(fastify: FastifyInstance): void {
  const { server } = fastify;
  server.maxConnections = MAX_CONNECTIONS;
  limitIdleConnections(server);
  // What somebody expects beyond the answer is no reason to give none.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  fastify.addHook('preClose', (done) => {
    setTimeout(() => {
      server.closeAllConnections();
    }, CLOSING_MS).unref();
    done();
  });
}

/** The one that has been silent longest makes room for a new one; Node's own limit would refuse the new one. */
function limitIdleConnections(server: Server): void {
  const idle = new Set<Socket>();
  const add = (socket: Socket): void => {
    if (socket.destroyed) return;
    idle.add(socket);
    const [longest] = idle;
    if (idle.size > MAX_IDLE_CONNECTIONS) longest?.destroy();
  };
  server.on('connection', (socket: Socket) => {
    socket.once('close', () => idle.delete(socket));
    add(socket);
  });
  server.on('request', ({ socket }, response) => {
    idle.delete(socket);
    response.once('close', () => {
      add(socket);
    });
  });
}

/** Tells whoever sends something that is no request of HTTP so, as any other fault is told. */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (socket.writable && error.code !== 'ECONNRESET') {
    const { status, code, message } = unreadable(error.code);
    const body = JSON.stringify(faultDocument(code, message));
    socket.write(
      `HTTP/1.1 ${String(status)} ${String(STATUS_CODES[status])}\r\nConnection: close\r\n` +
        `Content-Type: application/json; charset=utf-8\r\nContent-Length: ${String(body.length)}\r\n\r\n${body}`,
    );
  }
  socket.destroy();
}

function unreadable(code: string | undefined): RequestFault {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new RequestFault(408, 'REQUEST_INVALID', 'The request took too long to arrive.');
    case 'HPE_HEADER_OVERFLOW':
      return new RequestFault(431, 'REQUEST_INVALID', 'The head of the request is too long.');
    default:
      return new RequestFault(400, 'REQUEST_INVALID', 'That is no request of HTTP.');
  }
}
