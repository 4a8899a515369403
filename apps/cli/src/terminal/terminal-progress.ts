import type { ItemSourceName, ProgressEvent, ProgressReporter } from '@fashionmatch/domain';
import { Presets, SingleBar } from 'cli-progress';

import { Pace } from './pace.js';
import { printable } from '../tables/printable.js';
import { isInteractive, type Terminal } from './terminal.js';

/** How often a run without a terminal says how far it is, in milliseconds. */
const LINE_INTERVAL_MS = 10_000;

/** What stands beside a bar takes up to so many columns; the bar itself is as long as the rest, within reason. */
const TEXT_COLUMNS = 72;
const [SHORTEST_BAR, LONGEST_BAR] = [4, 40];

const CLEAR_LINE = '\r\u001b[2K';
const SAVE_CURSOR = '\u001b7';

const TITLES: Readonly<Record<ItemSourceName, string>> = {
  references: 'Processing references',
  scraped: 'Processing scraped items',
};

type DownloadEvent = Extract<ProgressEvent, { type: 'download-advanced' }>;
type PlannedEvent = Extract<ProgressEvent, { type: 'planned' }>;

/** Nothing while there is nothing to tell it from. */
function timeLeft(pace: Pace | undefined, now: number): string {
  const seconds = pace?.secondsLeft(now);
  if (seconds === undefined) return '';
  const minutes = Math.floor(seconds / 60);
  return ` | ETA ${minutes === 0 ? '' : `${String(minutes)}m`}${String(seconds % 60).padStart(minutes === 0 ? 1 : 2, '0')}s`;
}

function rateOf(pace: Pace, now: number): string {
  const rate = pace.rate(now);
  return rate === 0 ? '' : ` | ${rate.toFixed(1)} img/s${timeLeft(pace, now)}`;
}

function megabytesOf(received: number, total: number | undefined): string {
  const [done, all] = [received, total ?? 0].map((bytes) => (bytes / 1e6).toFixed(1));
  return total === undefined ? `${done ?? ''} MB` : `${done ?? ''} of ${all ?? ''} MB`;
}

/** Shows a run on standard error; log lines go through `write`, so that they never tear a bar. */
export interface TerminalProgress extends ProgressReporter {
  write(line: string): void;
  close(): void;
}

export function terminalProgress(shown: boolean, terminal: Terminal): TerminalProgress {
  if (!shown) return new SilentProgress(terminal);
  return isInteractive(terminal) ? new BarProgress(terminal) : new LineProgress(terminal);
}

class SilentProgress implements TerminalProgress {
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  report(): void {
    // Nothing is shown.
  }

  write(line: string): void {
    this.#terminal.stderr.write(line);
  }

  close(): void {
    // Nothing is open.
  }
}

class BarProgress implements TerminalProgress {
  readonly #terminal: Terminal;
  #bar: SingleBar | undefined;
  #pace: Pace | undefined;
  /** The file that the bar is about, when it is about one. */
  #downloading: string | undefined;
  #received = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  report(event: ProgressEvent): void {
    if (event.type === 'planned' && event.work > 0) this.#start(event);
    if (event.type === 'advanced') this.#advance(event.items, event.work);
    if (event.type === 'source-finished') this.close();
    if (event.type === 'download-advanced') this.#download(event);
  }

  write(line: string): void {
    // The line takes the bar's place, and the bar is drawn again below it.
    if (this.#bar) this.#terminal.stderr.write(CLEAR_LINE);
    this.#terminal.stderr.write(line);
    // At its end the library takes the cursor back to where it was saved: that is where the bar is now.
    if (this.#bar) this.#terminal.stderr.write(SAVE_CURSOR);
    this.#bar?.render();
  }

  close(): void {
    this.#bar?.stop();
    this.#bar = undefined;
    this.#downloading = undefined;
  }

  #advance(items: number, work: number): void {
    const now = performance.now();
    this.#pace?.advance(items, work, now);
    this.#bar?.increment(items, { pace: this.#pace && rateOf(this.#pace, now) });
  }

  #download({ model, path, received, total }: DownloadEvent): void {
    const now = performance.now();
    if (this.#downloading !== path) {
      this.close();
      this.#downloading = path;
      this.#pace = new Pace(total ?? 0, Math.max(0, (total ?? 0) - received), now);
      this.#received = received;
      this.#bar = this.#newBar(`Downloading ${printable(model)} {bar} {percentage}% | {megabytes}{left}`);
      this.#bar.start(total ?? received, received, { megabytes: megabytesOf(received, total), left: '' });
    }
    this.#pace?.advance(received - this.#received, received - this.#received, now);
    this.#received = received;
    const left = total === undefined ? '' : timeLeft(this.#pace, now);
    this.#bar?.update(received, { megabytes: megabytesOf(received, total), left });
    if (received === total) this.close();
  }

  #start({ source, total, work }: PlannedEvent): void {
    this.#pace = new Pace(total, work, performance.now());
    this.#bar = this.#newBar(`${TITLES[source]} {bar} {percentage}% | {value}/{total}{pace}`);
    this.#bar.start(total, 0, { pace: '' });
  }

  #newBar(format: string): SingleBar {
    const room = (this.#terminal.stderr.columns ?? Infinity) - TEXT_COLUMNS;
    return new SingleBar(
      {
        format,
        barsize: Math.max(SHORTEST_BAR, Math.min(LONGEST_BAR, room)),
        stream: this.#terminal.stderr,
        hideCursor: false,
        // Lines are cut to the terminal's width instead of telling the terminal not to wrap: a killed run leaves it so.
        linewrap: true,
        // A run that is stopped closes its bar itself; the library's own handler would take the signal away.
        gracefulExit: false,
      },
      Presets.shades_classic,
    );
  }
}

class LineProgress implements TerminalProgress {
  readonly #terminal: Terminal;
  #title = '';
  #pace: Pace | undefined;
  #saidAt = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  report(event: ProgressEvent): void {
    if (event.type === 'planned') {
      this.#title = TITLES[event.source];
      this.#saidAt = performance.now();
      this.#pace = new Pace(event.total, event.work, this.#saidAt);
    }
    if (event.type === 'advanced') this.#advance(event.items, event.work);
    if (event.type === 'download-advanced') this.#download(event);
  }

  write(line: string): void {
    this.#terminal.stderr.write(line);
  }

  close(): void {
    // Nothing is open.
  }

  #download({ model, received, total }: DownloadEvent): void {
    const now = performance.now();
    if (now - this.#saidAt < LINE_INTERVAL_MS) return;
    this.#saidAt = now;
    this.write(`Downloading ${printable(model)}: ${megabytesOf(received, total)}\n`);
  }

  #advance(items: number, work: number): void {
    const now = performance.now();
    this.#pace?.advance(items, work, now);
    if (this.#pace === undefined || now - this.#saidAt < LINE_INTERVAL_MS) return;
    this.#saidAt = now;
    const { done, total } = this.#pace;
    this.write(`${this.#title}: ${String(done)}/${String(total)}${rateOf(this.#pace, now)}\n`);
  }
}
