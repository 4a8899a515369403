import { ChromaRefusal } from './chroma-faults.js';
import type { Limit, RequestLimits } from './request-limits.js';

/** Asks again as long as what the server refuses tells more about its limits: `ask` is to keep within those known. */
export async function withinLimits<T>(limits: RequestLimits, ask: () => Promise<T>): Promise<T> {
  for (;;) {
    const { lessons } = limits;
    try {
      return await ask();
    } catch (thrown) {
      if (!(thrown instanceof ChromaRefusal) || limits.lessons === lessons) throw thrown;
    }
  }
}

interface PartSize {
  readonly limit: Limit;
  /** What a part has at most, whatever the server takes. */
  readonly most: number;
}

/** Sends the items in their order, in parts that the server takes. */
export async function sendInParts<T>(
  limits: RequestLimits,
  items: readonly T[],
  { limit, most }: PartSize,
  send: (part: T[]) => Promise<void>,
): Promise<void> {
  for (let at = 0; at < items.length;) {
    at += await withinLimits(limits, async () => {
      const part = items.slice(at, at + Math.min(most, limits.of(limit)));
      await send(part);
      return part.length;
    });
  }
}

/** The same for ids; those that the server takes no rows of are left out. */
export async function askInParts(
  limits: RequestLimits,
  ids: readonly string[],
  size: PartSize,
  ask: (part: string[]) => Promise<void>,
): Promise<void> {
  await sendInParts(limits, ids, size, async (part) => {
    const known = part.filter((id) => Buffer.byteLength(id) <= limits.of('idBytes'));
    if (known.length > 0) await ask(known);
  });
}

/**
 * What `read` gives from an offset on, to its end: in pages of `most`, or as many as the server gives at once.
 *
 * @param first how many are in the first page; each has twice as many as the one before it. As many as in all unless given.
 */
export async function* pagesOf<T>(
  limits: RequestLimits,
  most: number,
  read: (offset: number, limit: number) => Promise<T[]>,
  first = most,
): AsyncGenerator<T[], void> {
  for (let offset = 0, size = first; ; size *= 2) {
    const { page, limit } = await withinLimits(limits, async () => {
      const limit = Math.min(size, most, limits.of('rows'));
      return { limit, page: await read(offset, limit) };
    });
    yield page;
    if (page.length < limit) return;
    offset += page.length;
  }
}
