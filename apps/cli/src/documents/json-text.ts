/** Control and format characters that JSON allows in a string, and a terminal obeys. */
const OBEYED = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A document as one line of JSON that is as safe to look at as it is to parse. */
export function jsonText(document: object): string {
  return escapeObeyed(JSON.stringify(document));
}

/** Escapes what a terminal would obey in JSON text; every parser reads the same as before. */
export function escapeObeyed(json: string): string {
  return json.replace(OBEYED, (character) =>
    [...Array(character.length).keys()]
      .map((i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
