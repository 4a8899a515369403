#!/usr/bin/env bash
# fastify 5.12.8: onResponse, the hook to give back what a request took, does not run when the client has gone before
# the answer is sent; onRequestAbort runs then, and only then. A counter that goes up in onRequest and down in
# onResponse therefore never comes back to zero.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >npm.log
npm install --ignore-scripts --no-audit --no-fund fastify@5.12.8 >>npm.log 2>&1

cat >show.mjs <<'PROGRAM'
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

import fastify from 'fastify';

const counts = { onRequest: 0, onRequestAbort: 0, onResponse: 0 };
const server = fastify({ forceCloseConnections: true });
server.addHook('onRequest', async (request, reply) => void (counts.onRequest += 1));
server.addHook('onRequestAbort', async (request) => void (counts.onRequestAbort += 1));
server.addHook('onResponse', async (request, reply) => void (counts.onResponse += 1));
server.post('/', async () => ({ status: 'answered' }));
await server.listen({ host: '127.0.0.1', port: 0 });
const { port } = server.server.address();

async function post(body) {
  const client = connect(port, '127.0.0.1');
  client.on('error', () => undefined).resume();
  client.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n' + body);
  await pause(500);
  client.destroy();
  await pause(500);
  console.log(body === '' ? 'left before the body:' : 'stayed:', JSON.stringify(counts));
}

await post('{}');
await post('');
await server.close();
PROGRAM

node show.mjs | tee seen
diff seen - <<'EXPECTED'
stayed: {"onRequest":1,"onRequestAbort":0,"onResponse":1}
left before the body: {"onRequest":2,"onRequestAbort":1,"onResponse":1}
EXPECTED
