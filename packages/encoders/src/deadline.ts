/**
 * Waits for `promise`, but no longer than `milliseconds`. What the promise stands for goes on in the
 * background when it is late: give it its own way to stop.
 *
 * @throws whatever `late` makes, when the time is over.
 */
export async function withDeadline<T>(promise: Promise<T>, milliseconds: number, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(late());
    }, milliseconds);
  });
  try {
    return await Promise.race([promise, timeUp]);
  } finally {
    clearTimeout(timer);
  }
}
