import stringWidth from 'string-width';

const SEGMENTER = new Intl.Segmenter();

/** A text that is wider than so many places of the terminal, cut and marked with `…`. Some characters take two. */
export function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let shown = '';
  for (const { segment } of SEGMENTER.segment(text)) {
    if (stringWidth(shown + segment) > width - 1) break;
    shown += segment;
  }
  return `${shown}…`;
}
