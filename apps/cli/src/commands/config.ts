import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import { FashionMatchError, reasonOf } from '@fashionmatch/domain';
import { configJsonSchema, configTemplate, DEFAULT_CONFIG_PATH, explainConfig } from '@fashionmatch/pipeline';

import type { CommonOptions, ConfigTask } from '../command-options.js';
import { configDocument, configText } from '../tables/config-report.js';
import { confirm } from '../terminal/confirm.js';
import { EXIT } from '../terminal/exit-code.js';
import { jsonText } from '../documents/json-text.js';
import { printable } from '../tables/printable.js';
import { reporting } from '../terminal/reporting.js';
import { openSession } from '../terminal/session.js';
import type { Terminal } from '../terminal/terminal.js';

/** `fashionmatch config init|show|schema`: writes a configuration file, or prints what holds, or what there is. */
export async function config(task: ConfigTask, options: CommonOptions, terminal: Terminal): Promise<number> {
  return reporting(openSession(options, terminal), async () => {
    terminal.stdout.write(await outputOf(task, options, terminal));
    return EXIT.done;
  });
}

async function outputOf(task: ConfigTask, options: CommonOptions, terminal: Terminal): Promise<string> {
  switch (task) {
    case 'schema':
      return `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
    case 'show': {
      const settings = await explainConfig({ path: options.config });
      return options.json ? `${jsonText(configDocument(settings))}\n` : configText(settings);
    }
    case 'init': {
      const path = options.config ?? DEFAULT_CONFIG_PATH;
      await init(path, options, terminal);
      return options.json
        ? `${jsonText({ schema_version: 1, written: path })}\n`
        : `Wrote ${printable(path)}: every key with its meaning and its default.\n`;
    }
  }
}

async function init(path: string, options: CommonOptions, terminal: Terminal): Promise<void> {
  const existing = await stat(path).catch(() => undefined);
  if (existing !== undefined) await confirm(`This replaces ${printable(path)}.`, options, terminal);
  const draft = `${path}.${String(process.pid)}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(draft, configTemplate(), { flag: 'wx' });
    await rename(draft, path);
  } catch (cause) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw new FashionMatchError('USAGE_INVALID', `The config file ${path} cannot be written: ${reasonOf(cause)}.`, {
      cause,
    });
  }
}
