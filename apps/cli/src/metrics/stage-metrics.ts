import type { Stage, StageTime } from '@fashionmatch/pipeline';
import { Counter, type Registry } from 'prom-client';

type Stages = readonly (Pick<StageTime, 'busySeconds' | 'items'> & { readonly stage: Stage })[];

/** How long each stage was at work, in whatever went on one after the other. */
export class StageMetrics {
  #current: () => Stages = () => [];
  readonly #seconds: Counter<'stage'>;
  readonly #items: Counter<'stage'>;
  /** What has been counted of what is going on now. */
  readonly #counted = new Map<Stage, { seconds: number; items: number }>();

  constructor(registry: Registry) {
    const collect = (): void => {
      this.#count();
    };
    const labelNames = ['stage'] as const;
    this.#seconds = new Counter({
      name: 'fashionmatch_stage_seconds_total',
      help: 'Seconds during which a stage was at work.',
      labelNames,
      registers: [registry],
      collect,
    });
    this.#items = new Counter({
      name: 'fashionmatch_stage_items_total',
      help: 'Items that went through a stage.',
      labelNames,
      registers: [registry],
      collect,
    });
  }

  /** Looks at other times from now on, which begin at 0; those before are kept. */
  follow(stages: () => Stages): void {
    this.#count();
    this.#counted.clear();
    this.#current = stages;
  }

  #count(): void {
    for (const { stage, busySeconds, items } of this.#current()) {
      const before = this.#counted.get(stage) ?? { seconds: 0, items: 0 };
      this.#seconds.inc({ stage }, Math.max(0, busySeconds - before.seconds));
      this.#items.inc({ stage }, Math.max(0, items - before.items));
      this.#counted.set(stage, { seconds: busySeconds, items });
    }
  }
}
