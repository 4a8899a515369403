import { setTimeout as delay } from 'node:timers/promises';

import { z } from 'zod';

import { BUILT_IN, FashionmatchProcess } from './fashionmatch-process.js';

const lineSchema = z.looseObject({
  status: z.string(),
  runs: z.int().optional(),
  total: z.looseObject({ processed_items: z.int(), failed_items: z.int() }),
  failures: z.array(z.looseObject({ code: z.string() })),
});

type WatchedLine = z.infer<typeof lineSchema>;

/** A running watch, with the lines that it has printed so far. */
export class Watched {
  readonly process: FashionmatchProcess;
  #text = '';
  #log = '';

  constructor(folder: string, ...args: string[]) {
    const all = ['watch', '--mode', 'references', '--references-dir', 'photos', '--quiet-for', '1', ...args];
    this.process = new FashionmatchProcess([...all, '--json'], folder, BUILT_IN);
    this.process.child.stdout?.on('data', (chunk: Buffer) => (this.#text += chunk.toString()));
    this.process.child.stderr?.on('data', (chunk: Buffer) => (this.#log += chunk.toString()));
  }

  get log(): string {
    return this.#log;
  }

  get lines(): WatchedLine[] {
    return this.#text.split('\n').flatMap((line): WatchedLine[] => {
      if (line === '') return [];
      return [lineSchema.parse(JSON.parse(line))];
    });
  }

  /** @throws Error when it takes more than half a minute. */
  async until(happened: () => boolean): Promise<void> {
    for (let waited = 0; !happened(); waited += 100) {
      if (waited > 30_000) throw new Error(`It did not happen: ${this.#text} ${this.#log.slice(-2_000)}`);
      await delay(100);
    }
  }

  watching(): Promise<void> {
    return this.until(() => this.#log.includes('Watching photos'));
  }
}
