import { EXIT } from './exit-code.js';

const EXIT_CODES = { SIGINT: EXIT.sigint, SIGTERM: EXIT.sigterm } as const;

type StopSignal = keyof typeof EXIT_CODES;

/** What has not come to its end so long after the first signal is given up, in milliseconds. */
const PATIENCE_MS = 4_500;

/**
 * Turns the first SIGINT or SIGTERM into an orderly stop. A second one ends the process at once, and so does the
 * end of its patience: by the same signal, for `process.exit` aborts with a core dump while a model runs in a thread.
 */
export class StopSignals implements Disposable {
  readonly #controller = new AbortController();
  readonly #onOverdue: () => void;
  #received: StopSignal | undefined;
  #patience: NodeJS.Timeout | undefined;
  readonly #patienceMs: number;

  /** @param onOverdue Called when the stop takes too long, before the process is ended. */
  constructor(onOverdue: () => void = () => undefined, patienceMs = PATIENCE_MS) {
    this.#patienceMs = patienceMs;
    this.#onOverdue = onOverdue;
    process.on('SIGINT', this.#onSignal);
    process.on('SIGTERM', this.#onSignal);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The exit code that the signal calls for; undefined while none has come. */
  get exitCode(): number | undefined {
    return this.#received && EXIT_CODES[this.#received];
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#patience);
    this.#stopListening();
  }

  readonly #onSignal = (name: StopSignal): void => {
    if (this.#received !== undefined) this.#end(name);
    this.#received = name;
    this.#patience = setTimeout(() => {
      this.#onOverdue();
      this.#end(name);
    }, this.#patienceMs);
    this.#controller.abort();
  };

  #end(name: StopSignal): void {
    this.#stopListening();
    process.kill(process.pid, name);
  }

  #stopListening(): void {
    process.off('SIGINT', this.#onSignal);
    process.off('SIGTERM', this.#onSignal);
  }
}
