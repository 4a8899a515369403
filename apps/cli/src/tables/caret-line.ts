import { printable } from './printable.js';

/** Characters shown on each side of the one that is pointed at. */
const AROUND = 30;

/** The text around a character, and under it a caret: two lines, each one ended. `position` counts UTF-16 units. */
export function caretLine(text: string, position: number): string {
  const before = shown(text.slice(0, position), -AROUND);
  const after = shown(text.slice(position), AROUND);
  return `  ${before}${after}\n  ${' '.repeat([...before].length)}^\n`;
}

/** The first `length` characters, or the last for a negative one. */
function shown(text: string, length: number): string {
  const characters = [...printable(text)];
  if (characters.length <= Math.abs(length)) return characters.join('');
  return length < 0 ? `…${characters.slice(length).join('')}` : `${characters.slice(0, length).join('')}…`;
}
