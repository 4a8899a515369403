/** How a contract suite declares a case: `test` of Jest, Vitest, Mocha (`it`) and Node's own runner fit. */
export type DeclareTest = (name: string, run: () => Promise<void>) => unknown;

/** Opens what is under test, empty and its own for every case; it is disposed when the case ends. */
export type Open<T extends object, Options = void> = (options: Options) => Promise<T & Partial<AsyncDisposable>>;

export async function withOpened<T extends object>(
  opened: Promise<T & Partial<AsyncDisposable>>,
  run: (subject: T) => Promise<void>,
): Promise<void> {
  const subject = await opened;
  try {
    await run(subject);
  } finally {
    await subject[Symbol.asyncDispose]?.();
  }
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
