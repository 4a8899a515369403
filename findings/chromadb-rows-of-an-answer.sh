#!/usr/bin/env bash
# chromadb (JavaScript) 3.0.0 and 3.0.3, with the server of chromadb (Python) 1.5.9: rows() of a query's answer is an
# object in the one and an array in the other.
#
# Both versions give the same ids and distances. In 3.0.0 `answer.rows()` is `{ include, queries }`, in 3.0.3, three patch
# releases on, it is the array that was `queries`. A program of the later form finds `undefined` at `answer.rows()[0]` with
# the earlier version, and thus nothing, without an error.
set -euo pipefail

folder=$(mktemp -d)
server=
trap 'kill $server 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check chromadb==1.5.9
export ANONYMIZED_TELEMETRY=False
venv/bin/chroma run --host 127.0.0.1 --port 8412 --path store >server.log 2>&1 &
server=$!
for _ in $(seq 100); do
  curl --silent --fail --output /dev/null http://127.0.0.1:8412/api/v2/heartbeat && break
  sleep 0.3
done

cat >ask.mjs <<'PROGRAM'
import { ChromaClient } from 'chromadb';

const client = new ChromaClient({ host: '127.0.0.1', port: 8412 });
const embeddingFunction = { generate: () => Promise.reject(new Error('no model')) };
const looks = await client.getOrCreateCollection({ name: 'looks', embeddingFunction });
await looks.upsert({ ids: ['a', 'b'], embeddings: [[1, 0], [0, 1]] });
const answer = await looks.query({ queryEmbeddings: [[1, 0]], nResults: 1, include: ['distances'] });
const rows = answer.rows();
console.log(JSON.stringify(answer.ids), Array.isArray(rows) ? 'array' : `object with ${Object.keys(rows)}`, rows[0]?.length);
PROGRAM

for version in 3.0.0 3.0.3; do
  mkdir "$version"
  cp ask.mjs "$version"
  (
    cd "$version"
    npm install --silent --no-audit --no-fund "chromadb@$version" >/dev/null
    echo "$version $(node ask.mjs 2>/dev/null)"
  )
done | tee seen
diff seen - <<'EXPECTED'
3.0.0 [["a"]] object with include,queries undefined
3.0.3 [["a"]] array 1
EXPECTED
