#!/usr/bin/env bash
# bullmq 6.7.0 with ioredis 6.0.0 and a redis-server on the PATH (seen with 7.0.15): a `stalledInterval` that is no whole
# number of milliseconds is taken by the Worker, and jobs of workers that have died are never given back.
#
# Redis refuses the number when stalled jobs are looked for, the worker emits an error once or twice, and the check does not
# come again: the same worker with 400 in place of 400.5 finishes what a lost worker had.
set -euo pipefail

folder=$(mktemp -d)
redis=
trap 'kill $redis 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent bullmq@6.7.0 ioredis@6.0.0

port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
redis-server --bind 127.0.0.1 --port "$port" --save '' --dir "$folder" >/dev/null &
redis=$!
until redis-cli -p "$port" ping >/dev/null 2>&1; do sleep 0.1; done

cat >look.mjs <<'PROGRAM'
import { setTimeout as pause } from 'node:timers/promises';

import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';

const [port, interval] = process.argv.slice(2).map(Number);
const connection = new Redis(port, { maxRetriesPerRequest: null });
const queue = new Queue('jobs', { connection });
await queue.obliterate({ force: true });
await queue.add('job', {});
// Takes the job, says nothing more, and has it for half a second.
const lost = new Worker('jobs', undefined, { connection, lockDuration: 500 });
await lost.getNextJob('token');
await lost.close(true);

const errors = [];
const worker = new Worker('jobs', async () => 'done', { connection, stalledInterval: interval });
worker.on('error', ({ message }) => errors.push(message.replace(/ script:.*/s, '')));
await pause(6_000);
const { active, completed } = await queue.getJobCounts('active', 'completed');
console.log(interval, { active, completed }, [...new Set(errors)]);
process.exit();
PROGRAM

{
  node look.mjs "$port" 400
  node look.mjs "$port" 400.5
} | tee seen
diff seen - <<'EXPECTED'
400 { active: 0, completed: 1 } []
400.5 { active: 1, completed: 0 } [ 'ERR value is not an integer or out of range' ]
EXPECTED
