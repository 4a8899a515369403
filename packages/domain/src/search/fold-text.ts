const PLAIN = /^[ -~]*$/;

/**
 * A text as it is compared where case does not count: Unicode's NFKC, so that `ﬁ`, full-width letters and composed
 * accents are what they look like, then the lower case of Unicode's default mapping, the same in every locale. Both
 * forms of the Greek sigma are one. Accents count.
 */
export function foldText(text: string): string {
  // ASCII, as most texts are: nothing else of it changes.
  if (PLAIN.test(text)) return text.toLowerCase();
  return text.normalize('NFKC').toLowerCase().normalize('NFKC').replaceAll('ς', 'σ');
}
