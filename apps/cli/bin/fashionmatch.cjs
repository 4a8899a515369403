#!/usr/bin/env node
// npm links a command only to a file that is there when it installs, and what this one starts is built later.
// A CommonJS file, because to load a module already starts the pool of threads whose size is set here.
const { existsSync } = require('node:fs');
const { availableParallelism } = require('node:os');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');

// As many images are decoded at once as there are cores; two threads are left to the files.
process.env.UV_THREADPOOL_SIZE ??= String(availableParallelism() + 2);

const built = join(__dirname, '../dist/bundle/main.js');
if (existsSync(built)) void import(pathToFileURL(built).href);
else {
  process.stderr.write('fashionmatch: It is not built yet: run `npm run build` first.\n');
  process.exitCode = 1;
}
