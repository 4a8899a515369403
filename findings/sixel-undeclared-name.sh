#!/usr/bin/env bash
# sixel 0.16.0: its main module works as it is, and in no bundle of ES modules.
#
# It requires a file that assigns a name that it never declared: as a CommonJS module of its own that makes a global
# variable `UPNG` of whoever loads it; in a bundle, which is strict, it throws. Seen with esbuild 0.28.2, which says nothing.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent sixel@0.16.0 esbuild@0.28.2

cat >look.mjs <<'PROGRAM'
import sixel from 'sixel';

console.log(typeof sixel.sixelEncode, typeof globalThis.UPNG);
PROGRAM

{
  echo "as it is: $(node look.mjs)"
  npx esbuild look.mjs --bundle --platform=node --format=esm --log-level=warning --outfile=bundle.mjs
  echo "bundled: $(node bundle.mjs 2>&1 | grep -o 'ReferenceError: .*')"
} | tee seen
diff seen - <<'EXPECTED'
as it is: function object
bundled: ReferenceError: UPNG is not defined
EXPECTED
