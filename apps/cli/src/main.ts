#!/usr/bin/env node
import { run } from './run.js';

// A reader that has gone away (`| head`) is no fault of ours, and nothing is left to tell it.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

// What matters of it comes as an error; what libraries write themselves would tear progress bars.
const silent = (): void => undefined;
Object.assign(console, { error: silent, warn: silent });

process.exitCode = await run(process.argv.slice(2), process);
