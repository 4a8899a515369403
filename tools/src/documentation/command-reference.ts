import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const COMMAND_LINE = fileURLToPath(new URL('../../../apps/cli/dist/main.js', import.meta.url));

/** What `docs/command-line.md` holds: the help of every command. */
export function commandReference(): string {
  const commands = [...help().matchAll(/^ {2}([a-z]+)\b.*$/gm)].map(([, name = '']) => name);
  const known = [...new Set(commands)].filter((name) => name !== 'help');
  const sections = known.map((name) => `## ${name}\n\n\`\`\`\n${help(name).trimEnd()}\n\`\`\``);
  return `# The command line

What \`fashionmatch COMMAND --help\` says of each command.

${sections.join('\n\n')}
`;
}

function help(...command: string[]): string {
  const env = { ...process.env, NO_COLOR: '1', COLUMNS: '100' };
  return execFileSync(process.execPath, [COMMAND_LINE, ...command, '--help'], { encoding: 'utf8', env });
}
