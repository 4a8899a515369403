import { execFileSync } from 'node:child_process';

import { COMMAND_LINE } from '../end-to-end/running/fashionmatch-process.js';

/** What `docs/command-line.md` holds: the help of every command. */
export function commandReference(): string {
  const commands = [...help().matchAll(/^ {2}([a-z]+)\b.*$/gm)].map(([, name = '']) => name);
  const known = [...new Set(commands)].filter((name) => name !== 'help');
  const sections = known.map((name) => `## ${name}\n\n\`\`\`\n${help(name).trimEnd()}\n\`\`\``);
  return `# The command line

What \`fashionmatch COMMAND --help\` says of each command.

With \`--json\`, standard output is one document, also when the command could not go on:
\`{"schema_version":1,"status":"failed","error":{"code":"…","message":"…"}}\`, with a code of
[error-codes.md](error-codes.md); \`embed\`, \`retry\` and \`watch\` add how far they came. A command that was interrupted
before it had anything to tell says \`{"schema_version":1,"status":"interrupted"}\`. The sentence for people is on standard
error either way.

${sections.join('\n\n')}
`;
}

function help(...command: string[]): string {
  const env = { ...process.env, NO_COLOR: '1', COLUMNS: '100' };
  return execFileSync(process.execPath, [COMMAND_LINE, ...command, '--help'], { encoding: 'utf8', env });
}
