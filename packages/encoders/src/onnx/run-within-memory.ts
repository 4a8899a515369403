/** How the allocators of ONNX Runtime, of its GPU libraries and of C++ say that there is no memory left. */
const OUT_OF_MEMORY = /out of memory|bad_alloc|bad allocation|failed to allocate|not enough memory|ALLOCATION_FAILED/i;

/**
 * Runs positions 0 to `count` in ranges of at most `limit`. A range that does not fit in memory is halved and
 * tried again; what was done before it stays done.
 *
 * @param run handles positions from `start` to before `end`.
 * @returns the largest range that is known to fit, to begin with next time.
 * @throws what `run` throws, when it is anything else, or a single position does not fit.
 */
export async function runWithinMemory(
  count: number,
  limit: number,
  run: (start: number, end: number) => Promise<void>,
): Promise<number> {
  let size = limit;
  for (let start = 0; start < count;) {
    const end = Math.min(start + size, count);
    try {
      await run(start, end);
      start = end;
    } catch (error) {
      if (end - start === 1 || !OUT_OF_MEMORY.test(String(error))) throw error;
      size = Math.ceil((end - start) / 2);
    }
  }
  return size;
}
