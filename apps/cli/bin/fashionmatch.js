#!/usr/bin/env node
// npm links a command only to a file that is there when it installs, and what this one starts is built later.
import { existsSync } from 'node:fs';

const built = new URL('../dist/main.js', import.meta.url);
if (existsSync(built)) await import(built.href);
else {
  process.stderr.write('fashionmatch: It is not built yet: run `npm run build` first.\n');
  process.exitCode = 1;
}
