import { EXIT } from './exit-code.js';

/** Turns the first SIGINT or SIGTERM into an orderly stop; a second one ends the process at once. */
export class StopSignals implements Disposable {
  readonly #controller = new AbortController();
  #exitCode: number | undefined;

  constructor() {
    process.on('SIGINT', this.#onInterrupt);
    process.on('SIGTERM', this.#onTerminate);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The exit code that the signal calls for; undefined while none has come. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  [Symbol.dispose](): void {
    process.off('SIGINT', this.#onInterrupt);
    process.off('SIGTERM', this.#onTerminate);
  }

  readonly #onInterrupt = (): void => {
    this.#stop(EXIT.sigint);
  };

  readonly #onTerminate = (): void => {
    this.#stop(EXIT.sigterm);
  };

  #stop(exitCode: number): void {
    // Ending a process while a model runs in one of its threads aborts it with a core dump; SIGKILL does not.
    if (this.#exitCode !== undefined) process.kill(process.pid, 'SIGKILL');
    this.#exitCode = exitCode;
    this.#controller.abort();
  }
}
