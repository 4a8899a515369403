/** Each id once, without those that no item can have: one of them would fail the request for all. */
export function storable(ids: readonly string[]): string[] {
  return [...new Set(ids)].filter((id) => id !== '' && id.isWellFormed());
}
