import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';

import { reasonOf, type LogFields, type Logger } from '@fashionmatch/domain';
import { multistream, pino, stdTimeFunctions, type StreamEntry } from 'pino';
import pretty from 'pino-pretty';

import type { CommonOptions, LogLevel } from '../declaration/common-options.js';
import { escapeObeyed } from '../documents/json-text.js';
import { openLogFile } from './log-file.js';
import { printable } from '../tables/printable.js';
import { maskSecrets } from './secrets.js';
import { isInteractive, type Terminal } from './terminal.js';

/** One for each process: lines of several runs in one file can be told apart. */
const RUN_ID = randomBytes(4).toString('hex');

export interface TerminalLog extends Logger {
  /** A line for the log file alone, where there is one: what the terminal shows in its own way. */
  toFileOnly(message: string, fields: LogFields): void;
}

/**
 * Log lines on standard error, and in a file when one is named; `write` lets them pass above a progress bar instead
 * of through it. Secrets are masked, and nothing in a line is obeyed by a terminal.
 */
export function terminalLog(options: CommonOptions, terminal: Terminal, write: (line: string) => void): TerminalLog {
  const format = options.logFormat ?? (terminal.stderr.isTTY ? 'pretty' : 'json');
  const masked = maskSecrets(terminal.env);
  const toTerminal = (line: string): void => {
    write(masked(line));
  };
  const level = levelOf(options);
  // pino knows no stream for `silent`: then the logger itself lets nothing through.
  const streamLevel = level === 'silent' ? 'fatal' : level;
  const streams: StreamEntry[] = [
    {
      level: streamLevel,
      stream: format === 'json' ? jsonLines(toTerminal) : prettyLines(options, terminal, toTerminal),
    },
  ];
  const file = options.logFile === undefined ? undefined : fileStream(options.logFile, masked, write);
  if (file) streams.push({ level: streamLevel, stream: file });

  const log = pino(settings(level), multistream(streams));
  const fileLog = file && pino(settings(level), file);
  const at =
    (severity: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, fields: LogFields = {}): void => {
      log[severity](fields, printable(message));
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    toFileOnly(message, fields) {
      fileLog?.error(fields, printable(message));
    },
  };
}

function settings(level: LogLevel) {
  return {
    level,
    base: { run_id: RUN_ID },
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: stdTimeFunctions.isoTime,
  };
}

interface LineStream {
  write(line: string): void;
}

function jsonLines(write: (line: string) => void): LineStream {
  return {
    write(line) {
      write(`${escapeObeyed(line.trimEnd())}\n`);
    },
  };
}

function prettyLines(
  { color }: CommonOptions,
  terminal: Terminal,
  write: (line: string) => void,
): NodeJS.WritableStream {
  return pretty({
    colorize: color && isInteractive(terminal) && !terminal.env['NO_COLOR'],
    // The sentences say it all; the fields are for machines.
    hideObject: true,
    ignore: 'pid,hostname',
    translateTime: 'SYS:HH:MM:ss',
    destination: writableOf(write),
  });
}

function fileStream(path: string, masked: (text: string) => string, write: (line: string) => void): LineStream {
  const append = openLogFile(path, (error) => {
    write(`fashionmatch: The log file cannot be written any more: ${printable(reasonOf(error))}\n`);
  });
  return jsonLines((line) => {
    append(masked(line));
  });
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
