import type { SquareThumbnail } from '@fashionmatch/pipeline';

import { askTerminal, isInForeground, type TerminalAnswer } from '../terminal/ask-terminal.js';
import { printsToTerminal, type Terminal } from '../terminal/terminal.js';
import { iterm2Picture } from './iterm2-picture.js';
import { kittyPicture } from './kitty-picture.js';
import { protocolOf, type PictureChoice, type PictureProtocol } from './picture-protocol.js';
import { sixelPicture } from './sixel-picture.js';

/** The place of a picture in the text: about a square, for a character is about twice as high as it is wide. */
export const PLACE = { lines: 6, columns: 13 } as const;

/** Writes pictures as one terminal shows them. */
export interface PictureWriter {
  /** What it takes. */
  readonly square: SquareThumbnail;
  /** @returns what puts it into {@link PLACE}, beginning at the cursor. */
  readonly write: (square: Uint8Array) => string;
}

/** How many times as high as wide a character is, in most fonts a little more. */
const CELL_SHAPE = 2;
/** Pixels: sharp at half the size on a dense screen, and some 30 kB as a PNG. */
const PNG_EDGE = 200;
/** Of a terminal that does not say: small enough to stay in its place on most. */
const USUAL_CELL = { width: 8, height: 16 };
/** Sixels are made on the main thread, of so many in some milliseconds. */
const LARGEST_SIXEL_EDGE = 160;

export function pictureWriter(protocol: PictureProtocol, cell: TerminalAnswer['cell'] = USUAL_CELL): PictureWriter {
  const png = { edge: PNG_EDGE, format: 'png' } as const;
  const { lines, columns } = PLACE;
  const wide = lines * CELL_SHAPE;
  switch (protocol) {
    case 'kitty':
      return { square: png, write: (square) => kittyPicture(square, lines, wide) };
    case 'iterm2':
      return { square: png, write: (square) => iterm2Picture(square, lines, wide) };
    case 'sixel': {
      const edge = Math.min(lines * cell.height, columns * cell.width, LARGEST_SIXEL_EDGE);
      return { square: { edge, format: 'rgba' }, write: (square) => sixelPicture(square, edge) };
    }
  }
}

/**
 * What writes pictures into standard output, if that is a terminal that shows some, or one that was asked for by name.
 * A terminal that does not say what it can do in its environment is asked.
 */
export async function openPictureWriter(terminal: Terminal, choice: PictureChoice): Promise<PictureWriter | undefined> {
  if (choice === 'none' || !printsToTerminal(terminal)) return undefined;
  const known = choice === 'auto' ? protocolOf(terminal.env) : choice;
  if (known === 'none') return undefined;
  if (known !== 'ask' && known !== 'sixel') return pictureWriter(known);
  const answer = isAskable(terminal) ? await askTerminal(process) : undefined;
  return known === 'sixel' || answer?.showsSixel === true ? pictureWriter('sixel', answer?.cell) : undefined;
}

function isAskable({ stdin }: Terminal): boolean {
  return stdin === process.stdin && process.stdin.isTTY && isInForeground();
}
