import { stringify } from 'yaml';

import { configKeys, type ConfigKey } from './config-keys.js';

const INDENT = '  ';

/** A configuration file with every key, its meaning and its default; keys without a default are commented out. */
export function configTemplate(): string {
  const lines = ['# Configuration of FashionMatch. Every value below is the default: keep what you change.'];
  let open: readonly string[] = [];
  for (const key of configKeys()) {
    const sections = key.keys.slice(0, -1);
    for (const [depth, section] of sections.entries()) {
      if (open[depth] === section) continue;
      if (depth === 0) lines.push('');
      lines.push(`${INDENT.repeat(depth)}${section}:`);
    }
    open = sections;
    lines.push(...settingLines(key));
  }
  return `${lines.join('\n')}\n`;
}

function settingLines({ keys, description, choices, default: value }: ConfigKey): string[] {
  const indent = INDENT.repeat(keys.length - 1);
  const name = keys.at(-1) ?? '';
  const setting = value === undefined ? `# ${name}:` : stringify({ [name]: value }).trimEnd();
  return [`# ${description}`, ...(choices === '' ? [] : [`# One of ${choices}.`]), ...setting.split('\n')].map(
    (line) => `${indent}${line}`,
  );
}
