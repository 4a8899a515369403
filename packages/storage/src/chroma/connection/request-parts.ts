/** What a request says of a row, beside its vector. */
interface RequestRow {
  readonly id: string;
  readonly metadata: Readonly<Record<string, unknown>> | null;
  readonly document?: string | null;
}

export interface RequestSize {
  readonly maxRows: number;
  /** Length of the vector that goes with each row; none goes unless given. */
  readonly dimensions?: number;
}

/**
 * A Chroma server takes 40 MB. It answers more with 413 and closes the connection, and a client that is still
 * sending finds a broken connection in place of the answer.
 */
const MAX_BYTES = 32_000_000;

/** A float32 has up to 17 digits as JSON, a sign, a point, an exponent and a comma. */
const BYTES_PER_NUMBER = 24;

/** The rows in their order, in parts that one request can carry; a row that is too large by itself stands alone. */
export function* requestParts<T extends RequestRow>(
  rows: readonly T[],
  { maxRows, dimensions = 0 }: RequestSize,
): Generator<T[]> {
  let part: T[] = [];
  let partBytes = 0;
  for (const row of rows) {
    const { id, metadata, document } = row;
    const bytes = Buffer.byteLength(JSON.stringify({ id, metadata, document })) + dimensions * BYTES_PER_NUMBER;
    if (part.length > 0 && (part.length === maxRows || partBytes + bytes > MAX_BYTES)) {
      yield part;
      part = [];
      partBytes = 0;
    }
    part.push(row);
    partBytes += bytes;
  }
  if (part.length > 0) yield part;
}
