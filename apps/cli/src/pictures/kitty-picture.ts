/** A terminal reads no longer pieces than this, in characters of Base64. */
const PIECE = 4_096;

/**
 * A PNG in the graphics protocol of kitty, stretched to so many lines and columns: told of the lines alone, kitty 0.26
 * does not keep the shape. It begins at the cursor, which stays where it is, and the terminal answers nothing.
 */
export function kittyPicture(png: Uint8Array, lines: number, columns: number): string {
  const text = Buffer.from(png).toString('base64');
  let written = '';
  for (let at = 0; at < text.length; at += PIECE) {
    const control = at === 0 ? `a=T,f=100,q=2,C=1,c=${String(columns)},r=${String(lines)},` : '';
    const isLast = at + PIECE >= text.length;
    written += `\u001b_G${control}m=${isLast ? '0' : '1'};${text.slice(at, at + PIECE)}\u001b\\`;
  }
  return written;
}
