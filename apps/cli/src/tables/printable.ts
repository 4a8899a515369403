/**
 * Text from files and listings, made safe for a terminal: control characters (escape sequences begin
 * with one), bidirectional overrides and zero-width marks become `�`.
 */
export function printable(text: string): string {
  return text.toWellFormed().replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{fffd}');
}
