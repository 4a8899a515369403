/** An image file as iTerm2 shows it in the text, within so many lines and columns. It begins at the cursor. */
export function iterm2Picture(file: Uint8Array, lines: number, columns: number): string {
  const how = [
    `size=${String(file.length)}`,
    `width=${String(columns)}`,
    `height=${String(lines)}`,
    'preserveAspectRatio=1',
    'inline=1',
  ].join(';');
  return `\u001b]1337;File=${how}:${Buffer.from(file).toString('base64')}\u0007`;
}
