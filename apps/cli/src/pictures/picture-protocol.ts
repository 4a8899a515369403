/** The ways to put a picture into a terminal. */
export const PICTURE_PROTOCOLS = ['kitty', 'iterm2', 'sixel'] as const;

export type PictureProtocol = (typeof PICTURE_PROTOCOLS)[number];

/** What may be asked for: `auto` is the way that the terminal knows, if any. */
export const PICTURE_CHOICES = ['auto', 'none', ...PICTURE_PROTOCOLS] as const;

export type PictureChoice = (typeof PICTURE_CHOICES)[number];

/** Terminals that say who they are. */
const BY_TERM: Readonly<Record<string, PictureProtocol | 'none'>> = {
  'xterm-kitty': 'kitty',
  'xterm-ghostty': 'kitty',
  dumb: 'none',
};
const BY_PROGRAM: Readonly<Record<string, PictureProtocol | 'none'>> = {
  ghostty: 'kitty',
  'iTerm.app': 'iterm2',
  WezTerm: 'iterm2',
  Apple_Terminal: 'none',
};

/**
 * How the terminal shows pictures, as far as its environment tells: `ask` where that only the terminal itself knows. A
 * multiplexer between us and the terminal would tear a picture or leave it behind.
 */
export function protocolOf(env: Readonly<NodeJS.ProcessEnv>): PictureProtocol | 'none' | 'ask' {
  const { TERM = '', TERM_PROGRAM = '', LC_TERMINAL, KITTY_WINDOW_ID } = env;
  if (env['TMUX'] || env['STY'] || /^(?:tmux|screen)\b/.test(TERM)) return 'none';
  const named = BY_TERM[TERM] ?? BY_PROGRAM[TERM_PROGRAM];
  // What one terminal sets is still there in another one that was started from it, which then has its own name.
  if (named !== undefined || TERM_PROGRAM !== '') return named ?? 'ask';
  if (LC_TERMINAL === 'iTerm2') return 'iterm2';
  return KITTY_WINDOW_ID ? 'kitty' : 'ask';
}
