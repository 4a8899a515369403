#!/usr/bin/env node
import { EXIT } from './exit-code.js';
import { run } from './run.js';

// A reader that has gone away (`| head`) is no fault of ours, and nothing is left to tell it.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = await run(process.argv.slice(2), process).catch((error: unknown) => {
  process.stderr.write(
    `fashionmatch: unexpected fault: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return EXIT.fatal;
});
