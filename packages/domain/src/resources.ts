/** What was opened on the way, closed in the opposite order. */
export class Resources {
  readonly #opened: Partial<AsyncDisposable>[] = [];
  #closing: Promise<void> | undefined;

  add<T extends Partial<AsyncDisposable>>(resource: T): T {
    this.#opened.push(resource);
    return resource;
  }

  /** Closes everything, whatever goes wrong on the way; throws the first fault at the end. */
  readonly close = (): Promise<void> => {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  };

  async #closeAll(): Promise<void> {
    const faults: unknown[] = [];
    for (const resource of this.#opened.reverse()) {
      try {
        await resource[Symbol.asyncDispose]?.();
      } catch (fault) {
        faults.push(fault);
      }
    }
    if (faults.length > 0) throw faults[0];
  }
}
