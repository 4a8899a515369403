// The package's own declarations leave out file extensions, which Node's module resolution does not forgive:
// everything in them would silently be `any`. This is the part that is used here.
declare module '@huggingface/tokenizers' {
  export class Tokenizer {
    /** @throws Error when the content describes no tokeniser. */
    constructor(tokenizer: object, config: object);
    encode(text: string): { readonly ids: readonly number[] };
    token_to_id(token: string): number | undefined;
  }
}
