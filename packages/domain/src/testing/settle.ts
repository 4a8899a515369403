/** Runs at once, and turns what is thrown into a rejection. */
export function settle<T>(run: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(run());
  });
}
