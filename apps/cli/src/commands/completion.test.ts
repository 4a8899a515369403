import { execFile, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { promisify } from 'node:util';

import { describe, expect, test } from '@jest/globals';

import { programOf, run } from '../run.js';
import { SHELLS } from './completion.js';

type Shell = (typeof SHELLS)[number];

const terminal = () => ({
  ...{ stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() },
  env: {},
});
const program = programOf(terminal(), () => undefined);

async function completionScript(shell: Shell): Promise<string> {
  const { stdout, ...others } = terminal();
  expect(await run(['completion', shell], { stdout, ...others })).toBe(0);
  return String(stdout.read());
}

describe.each(SHELLS)('%s', (shell) => {
  test('knows every command, option and choice', async () => {
    const script = await completionScript(shell);
    for (const command of program.commands) {
      expect(script).toContain(command.name());
      for (const { long } of command.options) {
        expect(script).toContain(shell === 'fish' ? `-l ${(long ?? '').slice(2)} ` : (long ?? '?'));
      }
    }
    expect(script).toContain('references scraped');
  });
});

/** What is offered for the last word of a line, by a shell that has read the script in the file $SCRIPT. */
const OFFERED: Readonly<Record<Shell, string>> = {
  bash: `
    source "$SCRIPT"
    complete -p fashionmatch >/dev/null || exit 1
    read -ra COMP_WORDS <<<"$LINE"
    [[ "$LINE" == *' ' ]] && COMP_WORDS+=('')
    COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
    _fashionmatch
    printf '%s\\n' "\${COMPREPLY[@]}"`,
  // An interactive shell in a terminal of its own, in which the line and a tab are typed. Of what the completion adds,
  // that which goes to an array is not offered yet.
  zsh: String.raw`
    zmodload zsh/zpty
    zpty shell zsh -f -i
    zpty -w shell '
      PROMPT=; unsetopt beep
      [[ -v AUTOLOADED ]] && fpath=($AUTOLOADED $fpath)
      autoload -Uz compinit && compinit -u -D
      [[ -v AUTOLOADED ]] || source $SCRIPT
      compadd() {
        if [[ ${'$'}{@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return; fi
        local -a offered
        builtin compadd -O offered "$@"
        print -rl -- $offered >> $HOME/offered
        builtin compadd "$@"
      }
      completed() { print >> $HOME/completed }
      comppostfuncs=(completed)
      bindkey "^I" complete-word
      print READ"Y"'
    while zpty -r shell line; do [[ $line == *READY* ]] && break; done
    zpty -n -w shell "$LINE"$'\t'
    while [[ ! -e $HOME/completed ]]; do sleep 0.05; done
    zpty -d shell
    if [[ -e $HOME/offered ]]; then cat $HOME/offered; fi`,
  fish: `
    source $SCRIPT
    complete --do-complete $LINE | string split --fields 1 \\t
    true`,
};
const WITHOUT_SETTINGS: Readonly<Record<Shell, readonly string[]>> = {
  bash: ['--norc'],
  zsh: ['-f'],
  fish: ['--no-config'],
};

function isInstalled(shell: Shell): boolean {
  return spawnSync(shell, ['--version']).error === undefined;
}

async function offered(shell: Shell, line: string, { autoloaded = false } = {}): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'fashionmatch-completion-'));
  const script = join(folder, 'functions/_fashionmatch');
  try {
    for (const name of ['functions', 'typing/folder', 'typing/file.d']) {
      await mkdir(join(folder, name), { recursive: true });
    }
    await writeFile(script, await completionScript(shell));
    await writeFile(join(folder, 'typing/file.txt'), '');
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      TERM: 'xterm',
      LINE: line,
      SCRIPT: script,
      ...(autoloaded && { AUTOLOADED: join(folder, 'functions') }),
    };
    const typing = { cwd: join(folder, 'typing'), env, timeout: 30_000 };
    const { stdout } = await promisify(execFile)(shell, [...WITHOUT_SETTINGS[shell], '-c', OFFERED[shell]], typing);
    const words = stdout.split('\n').map((word) => word.trim().replace(/\/$/, ''));
    return [...new Set(words)].filter((word) => word !== '').sort();
  } finally {
    await rm(folder, { recursive: true });
  }
}

const COMMANDS = program.commands.map((command) => command.name()).sort();

for (const shell of SHELLS) {
  const there = isInstalled(shell);
  const describeHere = there ? describe : describe.skip;
  describeHere(there ? `in ${shell}` : `in ${shell}, which is not installed here`, () => {
    test.each([
      ['fashionmatch ', COMMANDS],
      ['fashionmatch em', ['embed']],
      ['fashionmatch --', ['--help', '--version']],
      ['fashionmatch embed --mo', ['--mode']],
      ['fashionmatch embed --mode ', ['all', 'references', 'scraped']],
      ['fashionmatch embed --mode re', ['references']],
      ['fashionmatch models pu', ['pull']],
      ['fashionmatch config sch', ['schema']],
      ['fashionmatch embed --log-level de', ['debug']],
      ['fashionmatch embed --batch-size ', []],
      ['fashionmatch embed --references-dir f', ['file.d', 'folder']],
      ['fashionmatch embed --failures-file fi', ['file.d', 'file.txt']],
      ['fashionmatch search f', ['file.d', 'file.txt', 'folder']],
      ['fashionmatch status f', []],
    ])('%j offers %j', async (line, expected) => {
      expect(await offered(shell, line)).toEqual(expected);
    });
  });
}

const describeZsh = isInstalled('zsh') ? describe : describe.skip;
describeZsh('in zsh, as a file of its function path', () => {
  test.each([
    ['fashionmatch em', ['embed']],
    ['fashionmatch embed --mode ', ['all', 'references', 'scraped']],
  ])('%j offers %j', async (line, expected) => {
    expect(await offered('zsh', line, { autoloaded: true })).toEqual(expected);
  });
});
