/** Plain values for machines to read beside the message. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where events are told in words. `console` satisfies it. Never throws. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
