import type { LogFields, Logger } from '@fashionmatch/domain';

/** Passes on what is logged, and counts what users are to know of. */
export class CountingLogger implements Logger {
  /** Warnings and errors so far. */
  count = 0;
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  debug(message: string, fields?: LogFields): void {
    this.#logger.debug(message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#logger.info(message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.count++;
    this.#logger.warn(message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.count++;
    this.#logger.error(message, fields);
  }
}
