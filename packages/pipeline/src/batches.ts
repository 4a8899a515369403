/**
 * Groups items into arrays of `size`; the last may be shorter. Pulls no further than the batch it fills.
 *
 * @param size asked again after each item, where it may change.
 */
export async function* batches<T>(
  items: AsyncIterable<T> | Iterable<T>,
  size: number | (() => number),
): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < (typeof size === 'number' ? size : size())) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
