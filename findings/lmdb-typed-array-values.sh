#!/usr/bin/env bash
# lmdb 3.5.6: with the default encoding a Float32Array comes back as a Buffer of the right length in bytes, but other bytes.
#
# Neither put nor get complains, and a check of byteLength passes; the floats are gone. With structuredClone in the
# encoder's options the type and the numbers survive; storing the raw bytes with encoding 'binary' does as well.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >npm.log
npm install --ignore-scripts --no-audit --no-fund lmdb@3.5.6 >>npm.log 2>&1

cat >show.mjs <<'PROGRAM'
import { open } from 'lmdb';

const vector = Float32Array.of(0.5, -0.25, 3.75);
for (const options of [{}, { structuredClone: true }]) {
  const name = Object.keys(options)[0] ?? 'default';
  const table = open({ path: `store-${name}`, encoder: Object.keys(options).length > 0 ? options : undefined });
  await table.put('vector', vector);
  const read = table.get('vector');
  const bytes = Buffer.from(read.buffer, read.byteOffset, read.byteLength);
  const same = bytes.equals(Buffer.from(vector.buffer));
  console.log(name, read.constructor.name, read.byteLength, same ? 'the same bytes' : 'other bytes');
  await table.close();
}
PROGRAM

node show.mjs | tee seen
diff seen - <<'EXPECTED'
default Buffer 12 other bytes
structuredClone Float32Array 12 the same bytes
EXPECTED
