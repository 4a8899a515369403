import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import { Argument } from '@commander-js/extra-typings';
import { FashionMatchError, reasonOf } from '@fashionmatch/domain';

import { defineCommand } from '../declaration/define-command.js';
import { configDocument, configText } from '../tables/config-report.js';
import { printable } from '../tables/printable.js';
import { confirm } from '../terminal/confirm.js';
import { EXIT } from '../terminal/exit-code.js';
import { reporting } from '../terminal/reporting.js';

/** `fashionmatch config init|show|schema`: writes a configuration file, or prints what holds, or what there is. */
export const config = defineCommand({
  name: 'config',
  description: 'write a commented config file, or print what holds and why, or the keys there are',
  examples: ['fashionmatch config init', 'fashionmatch config show', 'fashionmatch config schema > config.schema.json'],
  declare: (command) => command.addArgument(new Argument('<task>', 'what to do').choices(['init', 'show', 'schema'])),
  action: (task, options, session) =>
    reporting(session, async () => {
      const { configJsonSchema, configTemplate, DEFAULT_CONFIG_PATH, explainConfig } =
        await import('@fashionmatch/pipeline');
      const { terminal, print } = session;
      switch (task) {
        case 'schema':
          terminal.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
          break;
        case 'show': {
          const settings = await explainConfig({ path: options.config });
          print(
            () => configDocument(settings),
            () => configText(settings),
          );
          break;
        }
        case 'init': {
          const path = options.config ?? DEFAULT_CONFIG_PATH;
          const existing = await stat(path).catch(() => undefined);
          if (existing !== undefined) await confirm(`This replaces ${printable(path)}.`, options, terminal);
          await write(path, configTemplate());
          print(
            () => ({ schema_version: 1, written: path }),
            () => `Wrote ${printable(path)}: every key with its meaning and its default.\n`,
          );
        }
      }
      return EXIT.done;
    }),
});

async function write(path: string, text: string): Promise<void> {
  const draft = `${path}.${String(process.pid)}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(draft, text, { flag: 'wx' });
    await rename(draft, path);
  } catch (cause) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw new FashionMatchError('USAGE_INVALID', `The config file ${path} cannot be written: ${reasonOf(cause)}.`, {
      cause,
    });
  }
}
