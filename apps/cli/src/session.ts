import type { Logger } from '@fashionmatch/domain';

import type { CommonOptions } from './command-line.js';
import { terminalLog } from './terminal-log.js';
import { terminalProgress, type TerminalProgress } from './terminal-progress.js';
import type { Terminal } from './terminal.js';

/** What a command talks to its user with. */
export interface Session {
  readonly terminal: Terminal;
  readonly logger: Logger;
  readonly progress: TerminalProgress;
}

export function openSession(options: CommonOptions, terminal: Terminal): Session {
  const progress = terminalProgress(options.progress && !options.quiet, terminal);
  const logger = terminalLog(options, terminal, (line) => {
    progress.write(line);
  });
  return { terminal, logger, progress };
}
