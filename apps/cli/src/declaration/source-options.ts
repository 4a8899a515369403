import { Option, type Command, type OptionValues } from '@commander-js/extra-typings';

import { globs } from './option-values.js';

/** The options of commands that list sources; they stand after those of the command itself. */
export function withSourceOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
) {
  return command
    .addOption(
      new Option('--exclude <glob>', 'leave out files and folders of such a name or path; may be given again')
        .argParser(globs)
        .default([], 'what the config says'),
    )
    .option('--include-hidden', 'list names that begin with a dot as well');
}

/** Options that name the folders of the sources. */
export function withFolderOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
) {
  return command
    .option('--references-dir <dir>', 'reference images, recursive (default: from config)')
    .option('--scraped-dir <dir>', 'scraped batches (default: from config)');
}

/** The same, after which of the sources a command is about. */
export function withModeOptions(command: Command) {
  return withFolderOptions(
    command.addOption(
      new Option('--mode <mode>', 'which sources').choices(['all', 'references', 'scraped']).default('all'),
    ),
  );
}

export type SourceOptions = Pick<
  Readonly<ReturnType<ReturnType<typeof withSourceOptions<[], ModeOptions>>['opts']>>,
  'exclude' | 'includeHidden'
>;

export type ModeOptions = Readonly<ReturnType<ReturnType<typeof withModeOptions>['opts']>>;
