/** Places for photos that are received or searched for. Who finds none free waits in line. */
export class PhotoPlaces {
  #free: number;
  readonly #line = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /**
   * @param signal Ends the waiting.
   * @returns the place, given back when it is disposed of; `undefined` when the waiting was ended.
   */
  async take(signal: AbortSignal): Promise<Disposable | undefined> {
    if (signal.aborted) return undefined;
    if (this.#free > 0) this.#free--;
    else if (!(await this.#turn(signal))) return undefined;
    return {
      [Symbol.dispose]: () => {
        this.#giveBack();
      },
    };
  }

  /** @returns whether a place was passed on, rather than the waiting ended. */
  #turn(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const called = (): void => {
        signal.removeEventListener('abort', leave);
        resolve(true);
      };
      const leave = (): void => {
        this.#line.delete(called);
        resolve(false);
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#line.add(called);
    });
  }

  #giveBack(): void {
    const [next] = this.#line;
    if (next === undefined) {
      this.#free++;
      return;
    }
    this.#line.delete(next);
    next();
  }
}
