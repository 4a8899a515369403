import type { LogFields, Logger } from '../../ports/logger.js';
import type { ProgressEvent, ProgressReporter } from '../../ports/progress-reporter.js';

/** Remembers every event. */
export class RecordingProgressReporter implements ProgressReporter {
  readonly events: ProgressEvent[] = [];

  report(event: ProgressEvent): void {
    this.events.push(event);
  }
}

export interface LoggedEvent {
  readonly level: keyof Logger;
  readonly message: string;
  readonly fields: LogFields;
}

/** Remembers every message. */
export class RecordingLogger implements Logger {
  readonly events: LoggedEvent[] = [];

  debug(message: string, fields: LogFields = {}): void {
    this.events.push({ level: 'debug', message, fields });
  }

  info(message: string, fields: LogFields = {}): void {
    this.events.push({ level: 'info', message, fields });
  }

  warn(message: string, fields: LogFields = {}): void {
    this.events.push({ level: 'warn', message, fields });
  }

  error(message: string, fields: LogFields = {}): void {
    this.events.push({ level: 'error', message, fields });
  }
}
