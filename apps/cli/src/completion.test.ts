import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { describe, expect, test } from '@jest/globals';

import { commandLine } from './command-line.js';
import { SHELLS, type CommandActions } from './command-options.js';
import { completionScript } from './completion.js';

const nothing = (): Promise<void> => Promise.resolve();
const ACTIONS: CommandActions = {
  ...{ embed: nothing, retry: nothing, search: nothing, serve: nothing, status: nothing, verify: nothing },
  ...{
    models: nothing,
    config: nothing,
    watch: nothing,
    doctor: nothing,
    completion: nothing,
    export: nothing,
    import: nothing,
  },
};
const program = commandLine('1.2.3', ACTIONS);

describe.each(SHELLS)('%s', (shell) => {
  const script = completionScript(shell, program);

  test('knows every command, option and choice', () => {
    for (const command of program.commands) {
      expect(script).toContain(command.name());
      for (const { long } of command.options) {
        expect(script).toContain(shell === 'fish' ? `-l ${(long ?? '').slice(2)} ` : (long ?? '?'));
      }
    }
    expect(script).toContain('references scraped');
  });
});

/** What bash offers for a line that is being typed. */
async function offered(...words: string[]): Promise<string[]> {
  const typed = `
    eval "$SCRIPT"
    complete -p fashionmatch >/dev/null || exit 1
    COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${String(words.length - 1)}
    _fashionmatch
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await promisify(execFile)('bash', ['--norc', '-c', typed], {
    cwd: '/dev',
    env: { ...process.env, SCRIPT: completionScript('bash', program) },
  });
  return stdout.split('\n').filter((word) => word !== '');
}

describe('in bash', () => {
  test('the script is read without a fault', async () => {
    await promisify(execFile)('bash', ['-n', '-c', completionScript('bash', program)]);
  });

  test.each([
    [['fashionmatch', 'em'], ['embed']],
    [['fashionmatch', 'embed', '--mo'], ['--mode']],
    [
      ['fashionmatch', 'embed', '--mode', ''],
      ['all', 'references', 'scraped'],
    ],
    [['fashionmatch', 'models', 'pu'], ['pull']],
    [['fashionmatch', 'config', 'sch'], ['schema']],
    [['fashionmatch', 'embed', '--log-level', 'de'], ['debug']],
  ])('%j offers %j', async (words, expected) => {
    expect(await offered(...words)).toEqual(expected);
  });
});
