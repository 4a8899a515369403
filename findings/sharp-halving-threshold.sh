#!/usr/bin/env bash
# sharp 0.35.5: libjpeg halves a JPEG while decoding it only when the whole reduction is by 3 or more; with
# fastShrinkOnLoad: false it still does, from 4 on. The option's name and its documentation suggest "never".
#
# Shown by stripes one pixel wide: halving by libjpeg makes them grey, while a resize with kernel 'nearest' alone picks
# pixels that are black or white.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >npm.log
npm install --ignore-scripts --no-audit --no-fund sharp@0.35.5 >>npm.log 2>&1

cat >show.mjs <<'PROGRAM'
import sharp from 'sharp';

const edge = 960;
const stripes = Buffer.alloc(edge * edge, 0);
for (let at = 0; at < stripes.length; at += 1) stripes[at] = at % 2 === 0 ? 255 : 0;
const jpeg = await sharp(stripes, { raw: { width: edge, height: edge, channels: 1 } }).jpeg({ quality: 100 }).toBuffer();

for (const fastShrinkOnLoad of [true, false]) {
  for (const factor of [2.1, 2.9, 3.1, 3.9, 4.1]) {
    const size = Math.round(edge / factor);
    const pixels = await sharp(jpeg).resize(size, size, { kernel: 'nearest', fastShrinkOnLoad }).greyscale().raw().toBuffer();
    const contrast = pixels.reduce((most, level) => Math.max(most, level), 0) - pixels.reduce((least, level) => Math.min(least, level), 255);
    console.log(`fastShrinkOnLoad ${fastShrinkOnLoad}, by ${factor}: ${contrast > 200 ? 'not halved' : 'halved'}`);
  }
}
PROGRAM

node show.mjs | tee seen
diff seen - <<'EXPECTED'
fastShrinkOnLoad true, by 2.1: not halved
fastShrinkOnLoad true, by 2.9: not halved
fastShrinkOnLoad true, by 3.1: halved
fastShrinkOnLoad true, by 3.9: halved
fastShrinkOnLoad true, by 4.1: halved
fastShrinkOnLoad false, by 2.1: not halved
fastShrinkOnLoad false, by 2.9: not halved
fastShrinkOnLoad false, by 3.1: not halved
fastShrinkOnLoad false, by 3.9: not halved
fastShrinkOnLoad false, by 4.1: halved
EXPECTED
