/**
 * What `work` makes of each item, in the order in which it is done.
 *
 * @param most how many are worked on at once; asked again each time.
 */
export async function* asTheyCome<T, R>(
  items: AsyncIterable<T>,
  most: () => number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const underWay = new Set<Promise<R>>();
  const done: Promise<R>[] = [];
  const start = (item: T): void => {
    const task = work(item);
    underWay.add(task);
    // Also what fails is done; the failure is told when its turn comes.
    const end = (): unknown => done.push(task);
    task.then(end, end);
  };
  const take = async function* (): AsyncGenerator<R> {
    for (let task = done.shift(); task; task = done.shift()) {
      underWay.delete(task);
      yield await task;
    }
  };
  for await (const item of items) {
    start(item);
    while (underWay.size >= most()) {
      await Promise.race(underWay).catch(() => undefined);
      yield* take();
    }
  }
  while (underWay.size > 0) {
    await Promise.race(underWay).catch(() => undefined);
    yield* take();
  }
}
