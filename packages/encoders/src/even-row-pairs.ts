/** The lowest bit of each of four bytes. */
const LOWEST_BITS = 0x01010101;

/**
 * Makes the two bytes above one another in rows 0 and 1, 2 and 3 and so on sum up to an even number, by rounding
 * down the odd one of an unequal pair. A last row without a partner stays as it is.
 *
 * @param rowBytes The length of a row; `pixels` holds whole rows.
 * @returns the pixels in a buffer of their own.
 */
export function evenRowPairs(pixels: Uint8Array, rowBytes: number): Uint8Array {
  const evened = new Uint8Array(pixels);
  // Four bytes at a time is four times as fast, and needs rows that begin at a multiple of four.
  const words = Math.ceil(rowBytes / 4);
  const upper = new Uint32Array(words);
  const lower = new Uint32Array(words);
  const upperBytes = new Uint8Array(upper.buffer, 0, rowBytes);
  const lowerBytes = new Uint8Array(lower.buffer, 0, rowBytes);

  for (let row = 0; row + 2 * rowBytes <= evened.length; row += 2 * rowBytes) {
    upperBytes.set(evened.subarray(row, row + rowBytes));
    lowerBytes.set(evened.subarray(row + rowBytes, row + 2 * rowBytes));
    for (let i = 0; i < words; i++) {
      const a = upper[i] ?? 0;
      const b = lower[i] ?? 0;
      const keep = ~((a ^ b) & LOWEST_BITS);
      upper[i] = a & keep;
      lower[i] = b & keep;
    }
    evened.set(upperBytes, row);
    evened.set(lowerBytes, row + rowBytes);
  }
  return evened;
}
