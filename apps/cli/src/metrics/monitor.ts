import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** One sentence, for whoever may ask; undefined when the work can be done. */
type WhyNotReady = () => string | undefined | Promise<string | undefined>;

/** What a process tells of itself to whoever watches over it. */
export class Monitor {
  readonly registry = new Registry();
  #whyNotReady: WhyNotReady = () => 'it is starting';

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
    const isReady = async (): Promise<boolean> => (await this.notReadyBecause()) === undefined;
    new Gauge({
      name: 'fashionmatch_ready',
      help: 'Whether it can do its work: 1, or 0.',
      registers,
      async collect() {
        this.set((await isReady()) ? 1 : 0);
      },
    });
  }

  /** Why it cannot do its work now; undefined when it can. */
  async notReadyBecause(): Promise<string | undefined> {
    return this.#whyNotReady();
  }

  /** @param unless is asked each time that somebody wants to know, and answers soon. */
  ready(unless: WhyNotReady = () => undefined): void {
    this.#whyNotReady = unless;
  }

  /** @param reason one sentence, for whoever may ask. */
  notReady(reason: string): void {
    this.#whyNotReady = () => reason;
  }
}
