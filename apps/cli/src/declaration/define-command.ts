// How commands are declared: the frame that all share, options that several take, and what values may be.

import { Command, type CommandUnknownOpts, type OptionValues } from '@commander-js/extra-typings';

import type { Session } from '../terminal/session.js';
import type { Terminal } from '../terminal/terminal.js';
import { withCommonOptions, type CommonOptions, type LogLevel } from './common-options.js';

/** Makes a command of the program; once it has run, `end` is told its exit code. */
export type ProgramCommand = (terminal: Terminal, end: (exitCode: number) => void) => CommandUnknownOpts;

/** What `--help` says of a command before its options. */
export interface CommandHelp {
  readonly name: string;
  readonly description: string;
  readonly examples: readonly string[];
}

export interface CommandDefinition<Args extends unknown[], Options extends OptionValues> extends CommandHelp {
  /** What is logged unless an option says otherwise; `info` without it. */
  readonly logLevel?: LogLevel | ((options: Options & CommonOptions) => LogLevel | undefined);
  /** Adds the command's own arguments and options. */
  readonly declare: (command: Command) => Command<Args, Options>;
  /**
   * What the command does. Whatever takes time to load is imported here rather than by its file, for the help of one
   * command loads them all.
   *
   * @returns the exit code.
   */
  readonly action: (...given: [...Args, Options & CommonOptions, Session]) => Promise<number>;
}

/** A command with the options that every command takes. */
export function defineCommand<Args extends unknown[], Options extends OptionValues>({
  logLevel,
  declare,
  action,
  ...help
}: CommandDefinition<Args, Options>): ProgramCommand {
  return (terminal, end) => {
    const command = commandWith(help);
    // Both are that command, which each declaration adds to: one sees its own options, the other the common ones.
    const own = declare(command);
    const common = withCommonOptions(command);
    return own.action(async () => {
      const { openSession } = await import('../terminal/session.js');
      const options = { ...own.opts(), ...common.opts() };
      const usual = typeof logLevel === 'function' ? logLevel(options) : logLevel;
      const session = openSession({ ...(usual && { logLevel: usual }), ...common.opts() }, terminal);
      end(await action(...own.processedArgs, options, session));
    });
  };
}

/** A command without any options. Examples come before them: they are what most readers look for. */
export function commandWith({ name, description, examples }: CommandHelp): Command {
  return new Command(name)
    .description(description)
    .addHelpText('before', `Examples:\n${examples.map((example) => `  ${example}`).join('\n')}\n`);
}
