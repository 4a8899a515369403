#!/usr/bin/env bash
# chromadb (npm) 3.5.0: a prefix before the API, as behind a proxy, is dropped. ChromaClient takes a deprecated `path`
# with a whole address, keeps its host and port, and asks at the root; nothing is said of the rest.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >npm.log
npm install --ignore-scripts --no-audit --no-fund chromadb@3.5.0 >>npm.log 2>&1

cat >show.mjs <<'PROGRAM'
import { createServer } from 'node:http';

import { ChromaClient } from 'chromadb';

const asked = [];
const server = createServer((request, response) => {
  asked.push(request.url);
  response.setHeader('content-type', 'application/json').end('{"nanosecond heartbeat":1}');
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address();
console.warn = () => undefined;
await new ChromaClient({ path: `http://127.0.0.1:${port}/behind/a/proxy` }).heartbeat();
console.log('asked for', asked.join(' '));
server.close();
server.closeAllConnections();
PROGRAM

node show.mjs | tee seen
diff seen - <<'EXPECTED'
asked for /api/v2/heartbeat
EXPECTED
