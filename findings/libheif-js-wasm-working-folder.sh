#!/usr/bin/env bash
# libheif-js 1.23.2: `require('libheif-js/wasm')` opens its .wasm file relative to the working directory, not to itself:
# it works in the package's own folder and fails with ENOENT anywhere else. wasm-bundle, with the same code inside, works
# everywhere.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >npm.log
npm install --ignore-scripts --no-audit --no-fund libheif-js@1.23.2 >>npm.log 2>&1

cat >show.cjs <<'PROGRAM'
const name = process.argv[2];
try {
  console.log(name, typeof require(name).HeifDecoder);
} catch (error) {
  console.log(name, error.code, error.path);
}
PROGRAM

{
  node show.cjs libheif-js/wasm
  node show.cjs libheif-js/wasm-bundle
  (cd node_modules/libheif-js && node ../../show.cjs libheif-js/wasm)
} | tee seen
diff seen - <<'EXPECTED'
libheif-js/wasm ENOENT ./libheif-wasm/libheif.wasm
libheif-js/wasm-bundle function
libheif-js/wasm function
EXPECTED
