type Environment = Readonly<Record<string, string | undefined>>;

/** Variables whose values nobody may read in a log. */
const SECRET_VARIABLES = [
  'HF_TOKEN',
  'CHROMA_TOKEN',
  'FASHIONMATCH_DATABASE__TOKEN',
  'FASHIONMATCH_QUEUE__PASSWORD',
  'FASHIONMATCH_SERVE_TOKEN',
];

/** A header for the store's server can be a key to it. */
const SECRET_VARIABLE_PREFIX = 'FASHIONMATCH_DATABASE__HEADERS__';

/** A shorter one would be found in every other word. */
const MIN_SECRET_LENGTH = 4;

const MASK = '********';

/** What follows these is a secret, wherever it comes from. */
const PATTERNS: readonly RegExp[] = [
  /(?<=\bBearer )[\w.~+/=-]+/gi,
  /(?<=\b(?:x-chroma-)?token["']?\s*[=:]\s*["']?)[^\s"',&}]+/gi,
  // The password of an address.
  /(?<=:\/\/[^\s/@:"]*:)[^\s/@"]+(?=@)/g,
  /\bhf_[A-Za-z0-9]{16,}\b/g,
];

function isSecret(variable: string): boolean {
  return SECRET_VARIABLES.includes(variable) || variable.startsWith(SECRET_VARIABLE_PREFIX);
}

/** The environment for programs that need none of our secrets. */
export function withoutSecrets(env: Environment): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isSecret(name)));
}

/** Takes secrets out of text, JSON text included: those of the environment, and what looks like one. */
export function maskSecrets(env: Environment): (text: string) => string {
  const values = Object.keys(env)
    .filter(isSecret)
    .flatMap((name) => env[name] ?? [])
    .filter(({ length }) => length >= MIN_SECRET_LENGTH);
  // In JSON, a quote or a backslash in a secret is written in another way.
  const literals = new Set(values.flatMap((value) => [value, JSON.stringify(value).slice(1, -1)]));
  return (text) => {
    const unpatterned = PATTERNS.reduce((masked, pattern) => masked.replace(pattern, MASK), text);
    return [...literals].reduce((masked, literal) => masked.replaceAll(literal, MASK), unpatterned);
  };
}
