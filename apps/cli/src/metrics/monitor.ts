import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** What a process tells of itself to whoever watches over it. */
export class Monitor {
  readonly registry = new Registry();
  readonly #ready: Gauge;
  #reason: string | undefined = 'it is starting';

  /** @param command such as `embed`. */
  constructor(command: string, version: string) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    new Gauge({
      name: 'fashionmatch_build_info',
      help: 'Which command runs, of which version; always 1.',
      labelNames: ['command', 'version'],
      registers,
    }).set({ command, version }, 1);
    this.#ready = new Gauge({
      name: 'fashionmatch_ready',
      help: 'Whether it can do its work: 1, or 0.',
      registers,
    });
  }

  /** Why it cannot do its work now; undefined when it can. */
  get notReadyBecause(): string | undefined {
    return this.#reason;
  }

  ready(): void {
    this.#reason = undefined;
    this.#ready.set(1);
  }

  /** @param reason one sentence, for whoever may ask. */
  notReady(reason: string): void {
    this.#reason = reason;
    this.#ready.set(0);
  }
}
