import type { Command, Option } from 'commander';

import type { Shell } from './command-options.js';

/** A command as a shell needs to know it. */
interface Completed {
  readonly name: string;
  readonly description: string;
  /** What its first argument may be; empty where that is a file, or there is none. */
  readonly choices: readonly string[];
  readonly options: readonly CompletedOption[];
}

interface CompletedOption {
  readonly long: string;
  /** One letter, without the dash; `''` for none. */
  readonly short: string;
  readonly description: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

/** A script that makes a shell complete the commands, options and choices that `program` has. */
export function completionScript(shell: Shell, program: Command): string {
  const commands = program.commands.map(completed);
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](commands);
}

function completed(command: Command): Completed {
  return {
    name: command.name(),
    description: command.description(),
    choices: command.registeredArguments[0]?.argChoices ?? [],
    options: [...command.options.map(completedOption), HELP],
  };
}

function completedOption({ long, short, description, required, argChoices }: Option): CompletedOption {
  return {
    long: long ?? '',
    short: short?.replace(/^-/, '') ?? '',
    description,
    takesValue: required,
    choices: argChoices ?? [],
  };
}

const HELP: CompletedOption = { long: '--help', short: 'h', description: 'show help', takesValue: false, choices: [] };

function bashScript(commands: readonly Completed[]): string {
  const cases = commands.map(({ name, options, choices }) => {
    const words = [...choices, ...options.flatMap(({ long, short }) => [long, ...(short ? [`-${short}`] : [])])];
    return `    ${name}) words="${words.join(' ')}" ;;`;
  });
  const values = new Map(commands.flatMap(({ options }) => options.map((option) => [option.long, option] as const)));
  const valueCases = [...values.values()].flatMap(({ long, takesValue, choices }) => {
    if (choices.length > 0)
      return [`    ${long}) COMPREPLY=($(compgen -W "${choices.join(' ')}" -- "$current")); return ;;`];
    return takesValue ? [`    ${long}) COMPREPLY=($(compgen -f -- "$current")); return ;;`] : [];
  });
  return `# bash completion of fashionmatch
_fashionmatch() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')} --help --version" -- "$current"))
    return
  fi
  case "$previous" in
${valueCases.join('\n')}
  esac
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  # An argument that is no option may be a file.
  [[ "$current" == -* ]] || COMPREPLY+=($(compgen -f -- "$current"))
}
complete -o filenames -F _fashionmatch fashionmatch
`;
}

function zshScript(commands: readonly Completed[]): string {
  const names = commands.map(({ name, description }) => `    ${quoted(`${name}:${description}`)}`);
  const cases = commands.map(({ name, options, choices }) => {
    const argument = choices.length > 0 ? quoted(`1:what:(${choices.join(' ')})`) : quoted('*:file:_files');
    return `    ${name}) _arguments ${[argument, ...options.map(zshOption)].join(' ')} ;;`;
  });
  return `#compdef fashionmatch
_fashionmatch() {
  local -a commands
  commands=(
${names.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe 'command' commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case "$words[1]" in
${cases.join('\n')}
  esac
}
compdef _fashionmatch fashionmatch
`;
}

function zshOption({ long, description, takesValue, choices }: CompletedOption): string {
  const says = description.replace(/[[\]:]/g, ' ');
  const value = choices.length > 0 ? `:value:(${choices.join(' ')})` : takesValue ? ':value:_files' : '';
  return quoted(`${long}[${says}]${value}`);
}

function fishScript(commands: readonly Completed[]): string {
  const top = commands.map(
    ({ name, description }) =>
      `complete -c fashionmatch -n __fish_use_subcommand -f -a ${name} -d ${quoted(description)}`,
  );
  const within = commands.flatMap(({ name, options, choices }) => {
    const when = `complete -c fashionmatch -n '__fish_seen_subcommand_from ${name}'`;
    return [
      ...(choices.length > 0 ? [`${when} -f -a '${choices.join(' ')}'`] : []),
      ...options.map((option) => `${when} ${fishOption(option)}`),
    ];
  });
  return `# fish completion of fashionmatch\n${[...top, ...within].join('\n')}\n`;
}

function fishOption({ long, short, description, takesValue, choices }: CompletedOption): string {
  const parts = [`-l ${long.replace(/^--/, '')}`, ...(short ? [`-s ${short}`] : [])];
  if (takesValue) parts.push('-r');
  if (choices.length > 0) parts.push(`-f -a '${choices.join(' ')}'`);
  return [...parts, `-d ${quoted(description)}`].join(' ');
}

/** A word that no shell changes: descriptions hold neither control characters nor backslashes. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
