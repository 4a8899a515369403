import { Writable } from 'node:stream';

import type { LogFields, Logger } from '@fashionmatch/domain';
import { pino } from 'pino';
import pretty from 'pino-pretty';

import type { CommonOptions, LogLevel } from './command-line.js';
import { escapeObeyed } from './json-text.js';
import { printable } from './printable.js';
import { isInteractive, type Terminal } from './terminal.js';

/** Log lines on standard error; `write` lets them pass above a progress bar instead of through it. */
export function terminalLog(options: CommonOptions, terminal: Terminal, write: (line: string) => void): Logger {
  const format = options.logFormat ?? (isInteractive(terminal) ? 'pretty' : 'json');
  const stream =
    format === 'json'
      ? {
          write: (line: string): void => {
            write(`${escapeObeyed(line.trimEnd())}\n`);
          },
        }
      : pretty({
          colorize: options.color && isInteractive(terminal) && !terminal.env['NO_COLOR'],
          // The sentences say it all; the fields are for machines.
          hideObject: true,
          ignore: 'pid,hostname',
          translateTime: 'SYS:HH:MM:ss',
          destination: writableOf(write),
        });
  const log = pino(
    {
      level: levelOf(options),
      base: null,
      formatters: { level: (label) => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    stream,
  );
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, fields: LogFields = {}): void => {
      log[level](fields, printable(message));
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function levelOf({ logLevel, verbose, quiet }: CommonOptions): LogLevel {
  return logLevel ?? (verbose ? 'debug' : quiet ? 'error' : 'info');
}

function writableOf(write: (line: string) => void): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      write(chunk.toString());
      done();
    },
  });
}
