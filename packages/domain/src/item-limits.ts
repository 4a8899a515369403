/** In UTF-16 units. Longer ids are no ids, and Chroma Cloud takes far shorter ones only. */
export const MAX_ID_LENGTH = 512;

/**
 * Of any text of an item, in UTF-16 units. Chroma indexes every text, which takes time by the square of its length: 500
 * texts of 32,768 characters took .9 s or, of three bytes each, 40 s; one of 35 million made all later inserts ten
 * times slower.
 */
export const MAX_TEXT_LENGTH = 16_384;

/** What ends a text that was cut. */
export const CUT_MARK = '…';

/** A description as it is stored: of one that is too long, the beginning, and `…`. No character is cut in two. @param length in UTF-16 units. */
export function cutDescription(text: string, length = MAX_TEXT_LENGTH): string {
  if (text.length <= length) return text;
  const beginning = text.slice(0, length - CUT_MARK.length).replace(/[\ud800-\udbff]$/, '');
  return `${beginning}${CUT_MARK}`;
}
