import { expect, test } from '@jest/globals';

import { protocolOf } from './picture-protocol.js';

test.each([
  ['kitty', { TERM: 'xterm-kitty', KITTY_WINDOW_ID: '1' }, 'kitty'],
  ['kitty, where another TERM is set', { TERM: 'xterm-256color', KITTY_WINDOW_ID: '1' }, 'kitty'],
  ['kitty, over SSH', { TERM: 'xterm-kitty', SSH_TTY: '/dev/pts/1' }, 'kitty'],
  ['ghostty', { TERM: 'xterm-ghostty', TERM_PROGRAM: 'ghostty' }, 'kitty'],
  ['ghostty, where another TERM is set', { TERM: 'xterm-256color', TERM_PROGRAM: 'ghostty' }, 'kitty'],
  ['iTerm2', { TERM: 'xterm-256color', TERM_PROGRAM: 'iTerm.app', LC_TERMINAL: 'iTerm2' }, 'iterm2'],
  ['iTerm2, over SSH', { TERM: 'xterm-256color', LC_TERMINAL: 'iTerm2' }, 'iterm2'],
  ['WezTerm', { TERM: 'xterm-256color', TERM_PROGRAM: 'WezTerm' }, 'iterm2'],
  ['the terminal of macOS', { TERM: 'xterm-256color', TERM_PROGRAM: 'Apple_Terminal' }, 'none'],
  ['an editor that was started from kitty', { TERM_PROGRAM: 'vscode', KITTY_WINDOW_ID: '1' }, 'ask'],
  ['an editor that was started from iTerm2', { TERM_PROGRAM: 'vscode', LC_TERMINAL: 'iTerm2' }, 'ask'],
  ['xterm', { TERM: 'xterm-256color' }, 'ask'],
  ['no word at all', {}, 'ask'],
  ['a dumb terminal', { TERM: 'dumb' }, 'none'],
  ['tmux in kitty', { TERM: 'tmux-256color', TMUX: '/tmp/tmux', KITTY_WINDOW_ID: '1' }, 'none'],
  ['tmux over SSH', { TERM: 'tmux-256color', LC_TERMINAL: 'iTerm2' }, 'none'],
  ['tmux that says it is xterm', { TERM: 'xterm-256color', TMUX: '/tmp/tmux' }, 'none'],
  ['screen in WezTerm', { TERM: 'screen', STY: '1.pts', TERM_PROGRAM: 'WezTerm' }, 'none'],
  ['empty variables', { TERM: 'xterm', TMUX: '', STY: '', KITTY_WINDOW_ID: '', TERM_PROGRAM: '' }, 'ask'],
])('%s', (_, env, protocol) => {
  expect(protocolOf(env)).toBe(protocol);
});
