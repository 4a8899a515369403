import type { Command, OptionValues } from '@commander-js/extra-typings';

/** The option of commands that open a store. */
export function withGenerationOption<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
) {
  return command.option('--generation <name>', 'which generation of the store (default: the one that serves)');
}
