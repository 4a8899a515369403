import { Redis } from 'ioredis';

import { PREFIX, QUEUE } from '../queue-names.js';

/** Sees whether a run gets on, by what BullMQ writes down of its jobs. */
export class FinishedJobs implements Disposable {
  readonly #redis: Redis;
  #lastSeen = '0';

  constructor(url: string) {
    this.#redis = new Redis(url);
  }

  /** How many jobs workers have finished since it was asked before. */
  async more(): Promise<number> {
    const streams = await this.#redis.xread('STREAMS', `${PREFIX}:${QUEUE}:events`, this.#lastSeen);
    const events = (streams ?? []).flatMap(([, entries]) => entries);
    this.#lastSeen = events.at(-1)?.[0] ?? this.#lastSeen;
    return events.filter(([, fields]) => fields[1] === 'completed').length;
  }

  [Symbol.dispose](): void {
    this.#redis.disconnect();
  }
}
