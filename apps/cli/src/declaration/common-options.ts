import { Option, type Command, type OptionValues } from '@commander-js/extra-typings';

import { logFilePath } from './option-values.js';

/** The options that every command takes; they stand after its own. */
export function withCommonOptions(command: Command) {
  return command
    .option('--config <path>', 'config file (default: config/config.yaml when it exists)')
    .option('--json', 'print one JSON document, and nothing else, on standard output')
    .addOption(
      new Option('--log-level <level>', 'least severe event to log (default: info)').choices([
        'trace',
        'debug',
        'info',
        'warn',
        'error',
        'silent',
      ]),
    )
    .addOption(
      new Option('--log-format <format>', 'default: pretty on a terminal, else json').choices(['pretty', 'json']),
    )
    .option('--log-file <path>', 'add the log to a file as well, one JSON object a line', logFilePath)
    .option('-v, --verbose', 'log level debug')
    .option('-q, --quiet', 'log level error, and no progress')
    .option('--no-progress', 'no progress bars')
    .option('--no-color', 'no colours (also: NO_COLOR, TERM=dumb)')
    .option('--yes', 'answer yes to every confirmation')
    .option('--no-input', 'never ask: a confirmation that is needed fails');
}

export type CommonOptions = Readonly<ReturnType<ReturnType<typeof withCommonOptions>['opts']>>;

export type LogLevel = NonNullable<CommonOptions['logLevel']>;

/** What a command is told that declares its own options so. */
export type OptionsOf<Declare extends (command: Command) => { opts(): OptionValues }> = Readonly<
  ReturnType<ReturnType<Declare>['opts']>
> &
  CommonOptions;
