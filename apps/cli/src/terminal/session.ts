import type { FashionMatchError, Logger } from '@fashionmatch/domain';

import type { CommonOptions } from '../command-options.js';
import { printable } from '../tables/printable.js';
import { terminalLog } from './terminal-log.js';
import { terminalProgress, type TerminalProgress } from './terminal-progress.js';
import type { Terminal } from './terminal.js';

/** What a command talks to its user with. */
export interface Session {
  readonly terminal: Terminal;
  /** Whether standard output is one JSON document. */
  readonly json: boolean;
  readonly logger: Logger;
  readonly progress: TerminalProgress;
  /** Says why the command stops: one sentence, whatever the log level. */
  readonly fail: (error: FashionMatchError) => void;
}

export function openSession(options: CommonOptions, terminal: Terminal): Session {
  const progress = terminalProgress(options.progress && !options.quiet, terminal);
  const logger = terminalLog(options, terminal, (line) => {
    progress.write(line);
  });
  const fail = (error: FashionMatchError): void => {
    if (options.logFormat === 'json') logger.error(error.message, { code: error.code });
    else {
      progress.write(`fashionmatch: ${printable(error.message)}\n`);
      logger.toFileOnly(error.message, { code: error.code });
    }
    if (error.cause !== undefined) logger.debug('Caused by', { cause: stackOf(error.cause) });
  };
  return { terminal, json: options.json ?? false, logger, progress, fail };
}

function stackOf(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}
