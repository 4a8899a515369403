import { Command, CommanderError } from '@commander-js/extra-typings';
import { FashionMatchError } from '@fashionmatch/domain';

import { adopt } from './commands/adopt.js';
import { completion } from './commands/completion.js';
import { config } from './commands/config.js';
import { doctor } from './commands/doctor.js';
import { duplicates } from './commands/duplicates.js';
import { embed } from './commands/embed.js';
import { evaluate } from './commands/eval.js';
import { exportStore } from './commands/export.js';
import { generations } from './commands/generations.js';
import { importFile } from './commands/import.js';
import { models } from './commands/models.js';
import { retry } from './commands/retry.js';
import { search } from './commands/search.js';
import { serve } from './commands/serve.js';
import { sources } from './commands/sources.js';
import { status } from './commands/status.js';
import { verify } from './commands/verify.js';
import { worker } from './commands/worker.js';
import { watch } from './commands/watch.js';
import { jsonText } from './documents/json-text.js';
import { printable } from './tables/printable.js';
import { EXIT, exitCodeOf } from './terminal/exit-code.js';
import { fatalDocument, fatalErrorOf } from './terminal/fatal-error.js';
import type { Terminal } from './terminal/terminal.js';
import { version } from './version.js';

/** In the order of the help. */
const COMMANDS = [
  ...[embed, worker, retry, search, serve, duplicates, evaluate, generations, sources, status, verify],
  ...[models, config, watch, doctor, exportStore, importFile, adopt, completion],
];

/** Runs one command line. Never throws, and never ends the process itself. @returns the exit code. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode: number = EXIT.done;
  const program = programOf(terminal, (code) => {
    exitCode = code;
  });
  if (args.length === 0) {
    terminal.stdout.write(program.helpInformation());
    return EXIT.done;
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return EXIT.done;
    const error = thrown instanceof CommanderError ? usageError(thrown) : fatalErrorOf(thrown);
    // Who asked in a way that cannot be read asked for a document all the same.
    if (args.includes('--json')) terminal.stdout.write(`${jsonText(fatalDocument(error))}\n`);
    terminal.stderr.write(`fashionmatch: ${printable(error.message)}\n`);
    return exitCodeOf(error.code);
  }
}

/** The whole command line. `end` is told the exit code of the command that has run. */
export function programOf(terminal: Terminal, end: (exitCode: number) => void): Command {
  const program = new Command('fashionmatch')
    .description('Dual image embeddings (CLIP and DINOv2) of fashion photographs, kept in step in ChromaDB.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: () => undefined,
    });
  for (const make of COMMANDS) program.addCommand(make(terminal, end).copyInheritedSettings(program));
  return program;
}

function usageError({ message }: CommanderError): FashionMatchError {
  return new FashionMatchError('USAGE_INVALID', message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' '));
}
