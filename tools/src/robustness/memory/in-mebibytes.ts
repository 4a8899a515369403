/** For people: `412 MiB`. */
export function inMebibytes(bytes: number | undefined): string {
  return bytes === undefined ? 'unknown memory' : `${String(Math.round(bytes / 2 ** 20))} MiB`;
}
