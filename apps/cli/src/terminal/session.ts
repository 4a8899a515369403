import type { FashionMatchError, Logger } from '@fashionmatch/domain';

import type { CommonOptions } from '../declaration/common-options.js';
import { jsonText } from '../documents/json-text.js';
import { printable } from '../tables/printable.js';
import { terminalLog } from './terminal-log.js';
import { terminalProgress, type TerminalProgress } from './terminal-progress.js';
import type { Terminal } from './terminal.js';

/** What a command talks to its user with. */
export interface Session {
  readonly terminal: Terminal;
  readonly logger: Logger;
  readonly progress: TerminalProgress;
  /** Prints what the command has to tell: with `--json` a document, else a text. */
  readonly print: (document: () => object, text: () => string) => void;
  /** With `--json`, prints why there is nothing else to tell: not after anything else was. */
  readonly printInstead: (document: object) => void;
  /** Says why the command stops: one sentence, whatever the log level. */
  readonly fail: (error: FashionMatchError) => void;
}

export function openSession(options: CommonOptions, terminal: Terminal): Session {
  const progress = terminalProgress(options.progress && !options.quiet, terminal);
  const logger = terminalLog(options, terminal, (line) => {
    progress.write(line);
  });
  let hasPrinted = false;
  const print: Session['print'] = (document, text) => {
    terminal.stdout.write(options.json ? `${jsonText(document())}\n` : text());
    hasPrinted = true;
  };
  const printInstead: Session['printInstead'] = (document) => {
    if (options.json && !hasPrinted) terminal.stdout.write(`${jsonText(document)}\n`);
  };
  const fail: Session['fail'] = (error) => {
    if (options.logFormat === 'json') logger.error(error.message, { code: error.code });
    else {
      progress.write(`fashionmatch: ${printable(error.message)}\n`);
      logger.toFileOnly(error.message, { code: error.code });
    }
    if (error.cause !== undefined) logger.debug('Caused by', { cause: stackOf(error.cause) });
  };
  return { terminal, logger, progress, print, printInstead, fail };
}

function stackOf(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}
