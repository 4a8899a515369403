#!/usr/bin/env bash
# hyparquet-writer 0.17.0: rows that are Float32Array become JSON objects with the indices as keys, without a word.
#
# A column of vectors given as Float32Array, with no schema, is detected as JSON and written as {"0":0.5,"1":0.25}; the
# same numbers as plain arrays become [0.5,0.25]. A program that checks only that something comes back notices nothing.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >npm.log
npm install --ignore-scripts --no-audit --no-fund hyparquet@1.31.5 hyparquet-writer@0.17.0 >>npm.log 2>&1

cat >show.mjs <<'PROGRAM'
import { parquetReadObjects } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';

for (const row of [Float32Array.of(0.5, 0.25), [0.5, 0.25]]) {
  const file = parquetWriteBuffer({ columnData: [{ name: 'vector', data: [row] }] });
  const [read] = await parquetReadObjects({ file });
  console.log(row.constructor.name, JSON.stringify(read.vector));
}
PROGRAM

node show.mjs | tee seen
diff seen - <<'EXPECTED'
Float32Array {"0":0.5,"1":0.25}
Array [0.5,0.25]
EXPECTED
