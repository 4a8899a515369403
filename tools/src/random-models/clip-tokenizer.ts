/** Tokens that CLIP's text tower has rows for; the last two begin and end every text. */
export const CLIP_VOCABULARY = 49_408;

const START = '<|startoftext|>';
const END = '<|endoftext|>';
const WORD_END = '</w>';

/** A few merges, so that some words come out as one token and others in pieces. */
const MERGES = ['r e', 're d</w>', 'b l', 'u e</w>', 'bl ue</w>', 's h', 'i r', 'sh ir', 'shir t</w>'];

/** How CLIP cuts a text into words, before their bytes are looked at. */
const WORDS = {
  normalizer: {
    type: 'Sequence',
    normalizers: [
      { type: 'NFC' },
      { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
      { type: 'Lowercase' },
    ],
  },
  pre_tokenizer: {
    type: 'Sequence',
    pretokenizers: [
      {
        type: 'Split',
        pattern: { Regex: "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+" },
        behavior: 'Removed',
        invert: true,
      },
      { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true },
    ],
  },
};

/**
 * A `tokenizer.json` of CLIP's kind that knows all bytes and a handful of words: what a published one
 * does with 48,894 merges, it does with nine. Any text can be tokenised.
 */
export function clipTokenizer() {
  const symbols = byteSymbols();
  const pieces = [
    ...symbols,
    ...symbols.map((symbol) => symbol + WORD_END),
    ...MERGES.map((merge) => merge.replace(' ', '')),
  ];
  const [start, end] = [CLIP_VOCABULARY - 2, CLIP_VOCABULARY - 1];
  const special = (content: string, id: number) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: id === start,
    special: true,
  });
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [special(START, start), special(END, end)],
    ...WORDS,
    post_processor: {
      type: 'RobertaProcessing',
      sep: [END, end],
      cls: [START, start],
      trim_offsets: false,
      add_prefix_space: false,
    },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: END,
      continuing_subword_prefix: '',
      end_of_word_suffix: WORD_END,
      fuse_unk: false,
      vocab: { ...Object.fromEntries(pieces.map((piece, id) => [piece, id])), [START]: start, [END]: end },
      merges: MERGES,
    },
  };
}

/**
 * A visible character for each byte, in the order of their token numbers: those of Latin-1 that are
 * visible stand for themselves and come first; the others, in order, are U+0100 and up (as in GPT-2).
 */
function byteSymbols(): string[] {
  const bytes = Array.from({ length: 256 }, (_, byte) => byte);
  const visible = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte !== 173);
  const hidden = bytes.filter((byte) => !visible(byte));
  return [...bytes.filter(visible), ...hidden.map((_, i) => 256 + i)].map((code) => String.fromCodePoint(code));
}
