import { readFileSync } from 'node:fs';

import { FashionMatchError } from '@fashionmatch/domain';
import { CommanderError } from 'commander';

import { commandLine } from './command-line.js';
import { EXIT, exitCodeOf } from './terminal/exit-code.js';
import { fatalDocument, fatalErrorOf } from './terminal/fatal-error.js';
import { jsonText } from './documents/json-text.js';
import { printable } from './tables/printable.js';
import type { Terminal } from './terminal/terminal.js';

/** Runs one command line. Never throws, and never ends the process itself. @returns the exit code. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode: number = EXIT.done;
  const program = commandLine(version(), {
    embed: async (options) => {
      const { embed } = await import('./commands/embed.js');
      exitCode = await embed(options, terminal);
    },
    retry: async (file, options) => {
      const { retry } = await import('./commands/retry.js');
      exitCode = await retry(file, options, terminal);
    },
    search: async (path, options) => {
      const { search } = await import('./commands/search.js');
      exitCode = await search(path, options, terminal);
    },
    serve: async (options) => {
      const { serve } = await import('./commands/serve.js');
      exitCode = await serve(options, terminal);
    },
    sources: async (options) => {
      const { sources } = await import('./commands/sources.js');
      exitCode = await sources(options, terminal);
    },
    status: async (options) => {
      const { status } = await import('./commands/status.js');
      exitCode = await status(options, terminal);
    },
    verify: async (options) => {
      const { verify } = await import('./commands/verify.js');
      exitCode = await verify(options, terminal);
    },
    models: async (task, options) => {
      const { models } = await import('./commands/models.js');
      exitCode = await models(task, options, terminal);
    },
    config: async (task, options) => {
      const { config } = await import('./commands/config.js');
      exitCode = await config(task, options, terminal);
    },
    watch: async (options) => {
      const { watch } = await import('./commands/watch.js');
      exitCode = await watch(options, terminal);
    },
    doctor: async (options) => {
      const { doctor } = await import('./commands/doctor.js');
      exitCode = await doctor(options, terminal);
    },
    completion: async (shell) => {
      const { completionScript } = await import('./completion.js');
      terminal.stdout.write(completionScript(shell, program));
    },
    export: async (file, options) => {
      const { exportStore } = await import('./commands/export.js');
      exitCode = await exportStore(file, options, terminal);
    },
    import: async (file, options) => {
      const { importFile } = await import('./commands/import.js');
      exitCode = await importFile(file, options, terminal);
    },
  });
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: () => undefined,
    });
  }
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

function usageError({ message }: CommanderError): FashionMatchError {
  return new FashionMatchError('USAGE_INVALID', message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' '));
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version);
  return 'unknown';
}
