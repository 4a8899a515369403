import { Argument, type CommandUnknownOpts, type Option } from '@commander-js/extra-typings';

import { commandWith, type ProgramCommand } from '../declaration/define-command.js';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** `fashionmatch completion`: prints a script with which a shell completes commands and options. */
export const completion: ProgramCommand = ({ stdout }) =>
  commandWith({
    name: 'completion',
    description: 'print a script with which a shell completes commands and options',
    examples: [
      'source <(fashionmatch completion bash)',
      'fashionmatch completion zsh > ~/.zfunc/_fashionmatch',
      'fashionmatch completion fish > ~/.config/fish/completions/fashionmatch.fish',
    ],
  })
    .addArgument(new Argument('<shell>', 'which one').choices(SHELLS))
    .action((shell, _options, { parent }) => {
      if (parent) stdout.write(completionScript(shell, parent));
    });

/** A command as a shell needs to know it. */
interface Completed {
  readonly name: string;
  readonly description: string;
  /** What its first argument may be; empty where that is a file, or there is none. */
  readonly choices: readonly string[];
  readonly takesFile: boolean;
  readonly options: readonly CompletedOption[];
}

interface CompletedOption {
  readonly long: string;
  /** One letter, without the dash; `''` for none. */
  readonly short: string;
  readonly description: string;
  readonly value: 'none' | 'choice' | 'file' | 'folder' | 'other';
  readonly choices: readonly string[];
}

/** A script that makes a shell complete the commands, options and choices that `program` has. */
function completionScript(shell: (typeof SHELLS)[number], program: CommandUnknownOpts): string {
  const commands = program.commands.map(completed);
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](commands);
}

function completed(command: CommandUnknownOpts): Completed {
  const [argument] = command.registeredArguments;
  return {
    name: command.name(),
    description: command.description(),
    choices: argument?.argChoices ?? [],
    takesFile: argument !== undefined && argument.argChoices === undefined,
    options: [...command.options.map(completedOption), HELP],
  };
}

function completedOption({ long, short, flags, description, argChoices }: Option): CompletedOption {
  const [, placeholder] = /<(.+)>/.exec(flags) ?? [];
  return {
    long: long ?? '',
    short: short?.replace(/^-/, '') ?? '',
    description,
    value: argChoices ? 'choice' : placeholder === undefined ? 'none' : (VALUES[placeholder] ?? 'other'),
    choices: argChoices ?? [],
  };
}

/** By what the help calls the value. */
const VALUES: Readonly<Record<string, CompletedOption['value']>> = { path: 'file', file: 'file', dir: 'folder' };

const HELP: CompletedOption = { long: '--help', short: 'h', description: 'show help', value: 'none', choices: [] };
const VERSION: CompletedOption = { ...HELP, long: '--version', short: 'V', description: 'print the version' };
const WITHOUT_COMMAND = [HELP, VERSION];

function bashScript(commands: readonly Completed[]): string {
  const cases = commands.map(({ name, options, choices, takesFile }) => {
    const words = [...choices, ...options.flatMap(({ long, short }) => [long, ...(short ? [`-${short}`] : [])])];
    return `    ${name}) words="${words.join(' ')}"${takesFile ? ' files=1' : ''} ;;`;
  });
  const values = new Map(commands.flatMap(({ options }) => options.map((option) => [option.long, option] as const)));
  const valueCases = [...values.values()].flatMap((option) =>
    option.value === 'none' ? [] : [`    ${option.long}) ${bashValues(option)}return ;;`],
  );
  const first = commands.map(({ name }) => name).join(' ');
  return `# bash completion of fashionmatch
_fashionmatch() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words="" files=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${first}"
    if [[ "$current" == -* ]]; then words="${WITHOUT_COMMAND.map(({ long }) => long).join(' ')}"; fi
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    return
  fi
  case "$previous" in
${valueCases.join('\n')}
  esac
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [ -n "$files" ] && [[ "$current" != -* ]]; then COMPREPLY+=($(compgen -f -- "$current")); fi
}
complete -o filenames -F _fashionmatch fashionmatch
`;
}

function bashValues({ value, choices }: CompletedOption): string {
  const sources = { choice: `-W "${choices.join(' ')}"`, file: '-f', folder: '-d', none: '', other: '' };
  return sources[value] && `COMPREPLY=($(compgen ${sources[value]} -- "$current")); `;
}

function zshScript(commands: readonly Completed[]): string {
  const names = commands.map(({ name, description }) => `    ${quoted(`${name}:${description}`)}`);
  const cases = commands.map(({ name, options, choices, takesFile }) => {
    const argument = takesFile ? ['*:file:_files'] : choices.length > 0 ? [`1:what:(${choices.join(' ')})`] : [];
    return `    ${name}) _arguments ${[...argument.map(quoted), ...options.flatMap(zshOption)].join(' ')} ;;`;
  });
  return `#compdef fashionmatch
_fashionmatch() {
  local -a commands
  commands=(
${names.join('\n')}
  )
  if (( CURRENT == 2 )); then
    if [[ "$words[2]" == -* ]]; then
      _arguments ${WITHOUT_COMMAND.flatMap(zshOption).join(' ')}
    else
      _describe 'command' commands
    fi
    return
  fi
  shift words
  (( CURRENT-- ))
  case "$words[1]" in
${cases.join('\n')}
  esac
}
# A file of the function path is the function's own body when it is first called; else it has been sourced.
if [[ "$funcstack[1]" == _fashionmatch ]]; then
  _fashionmatch "$@"
else
  compdef _fashionmatch fashionmatch
fi
`;
}

function zshOption({ long, short, description, value, choices }: CompletedOption): string[] {
  const says = description.replace(/[[\]:]/g, ' ');
  const sources = { choice: `(${choices.join(' ')})`, file: '_files', folder: '_files -/', none: '', other: ' ' };
  const after = `[${says}]${sources[value] && `:value:${sources[value]}`}`;
  return [long, ...(short ? [`-${short}`] : [])].map((name) => quoted(`${name}${after}`));
}

function fishScript(commands: readonly Completed[]): string {
  const top = [
    ...commands.map(({ name, description }) => `-a ${name} -d ${quoted(description)}`),
    ...WITHOUT_COMMAND.map(fishOption),
  ].map((what) => `complete -c fashionmatch -n __fish_use_subcommand -f ${what}`);
  const within = commands.flatMap(({ name, options, choices, takesFile }) => {
    const when = `complete -c fashionmatch -n '__fish_seen_subcommand_from ${name}'`;
    return [
      ...(takesFile ? [] : [`${when} -f`]),
      ...(choices.length > 0 ? [`${when} -a '${choices.join(' ')}'`] : []),
      ...options.map((option) => `${when} ${fishOption(option)}`),
    ];
  });
  return `# fish completion of fashionmatch\n${[...top, ...within].join('\n')}\n`;
}

function fishOption({ long, short, description, value, choices }: CompletedOption): string {
  const values = {
    choice: `-x -a '${choices.join(' ')}'`,
    file: '-r -F',
    folder: `-x -a '(__fish_complete_directories)'`,
    none: '',
    other: '-x',
  };
  const parts = [`-l ${long.replace(/^--/, '')}`, short && `-s ${short}`, values[value], `-d ${quoted(description)}`];
  return parts.filter((part) => part !== '').join(' ');
}

/** A word that no shell changes: descriptions hold neither control characters nor backslashes. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
