import type { ExplainedSetting } from '@fashionmatch/pipeline';

import { printable } from './printable.js';

/** The one document that `config show --json` prints. */
export function configDocument(settings: readonly ExplainedSetting[]): object {
  return {
    schema_version: 1,
    settings: settings.map(({ keys, value, origin }) => ({ key: keys.join('.'), value: value ?? null, origin })),
  };
}

const ORIGIN_COLUMN = 48;

/** The effective configuration as YAML, with the origin of each value in a comment. */
export function configText(settings: readonly ExplainedSetting[]): string {
  const lines: string[] = [];
  let open: readonly string[] = [];
  for (const { keys, value, origin } of settings) {
    const sections = keys.slice(0, -1);
    for (const [depth, section] of sections.entries()) {
      if (open[depth] !== section) lines.push(`${'  '.repeat(depth)}${section}:`);
    }
    open = sections;
    const name = `${'  '.repeat(sections.length)}${keys.at(-1) ?? ''}`;
    // JSON is YAML, whatever a text contains.
    const setting = value === undefined ? `# ${name.trim()}: not set` : `${name}: ${printable(JSON.stringify(value))}`;
    const indented = value === undefined ? `${'  '.repeat(sections.length)}${setting}` : setting;
    lines.push(`${indented.padEnd(ORIGIN_COLUMN)}  # ${printable(origin)}`);
  }
  return `${lines.join('\n')}\n`;
}
