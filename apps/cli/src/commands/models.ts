import {
  compareModels,
  inspectModels,
  loadConfig,
  pullModels,
  type AppConfig,
  type ModelFileStatus,
  type ModelStatus,
} from '@fashionmatch/pipeline';

import type { ModelsOptions, ModelsTask } from '../command-options.js';
import { comparisonDocument, comparisonTable } from '../tables/comparison-report.js';
import { EXIT } from '../terminal/exit-code.js';
import { jsonText } from '../documents/json-text.js';
import { printable } from '../tables/printable.js';
import { reporting } from '../terminal/reporting.js';
import { openSession, type Session } from '../terminal/session.js';
import type { Terminal } from '../terminal/terminal.js';

/** `fashionmatch models list|pull|verify|compare`: the files of the configured models, and what int8 makes of them. */
export async function models(task: ModelsTask, options: ModelsOptions, terminal: Terminal): Promise<number> {
  const session = openSession(options, terminal);
  return reporting(session, async () => {
    const config = await loadConfig({ path: options.config });
    if (task === 'compare') return compare(config, options, session);
    if (task === 'pull') await pullModels(config, { ...session, text: options.text });
    session.progress.close();
    const found = await inspectModels(config, { thorough: task === 'verify' });
    terminal.stdout.write(options.json ? `${jsonText(document(found))}\n` : listing(found));
    const complete = found.every(({ files }) => files.every((file) => isRight(file, options.text)));
    return task === 'verify' && !complete ? EXIT.model : EXIT.done;
  });
}

async function compare(
  config: AppConfig,
  { referencesDir = config.scraper.referencesDir, images, json }: ModelsOptions,
  { terminal, logger, progress }: Session,
): Promise<number> {
  const options = { directory: referencesDir, images, precision: 'int8', logger, progress } as const;
  const comparison = await compareModels(config, options);
  progress.close();
  terminal.stdout.write(json ? `${jsonText(comparisonDocument(comparison))}\n` : comparisonTable(comparison));
  return EXIT.done;
}

/** Without what texts need, images can still be encoded and searched for. */
function isRight({ state, neededFor }: ModelFileStatus, text = false): boolean {
  return state === 'present' || (state === 'missing' && neededFor === 'texts' && !text);
}

function document(found: readonly ModelStatus[]): object {
  return {
    schema_version: 1,
    models: found.map(({ name, kind, precision, revision, files }) => ({
      name,
      kind,
      precision,
      revision,
      files: files.map(({ path, state, size, hash, neededFor }) => ({
        path,
        state,
        size_bytes: size ?? null,
        sha256: hash,
        needed_for: neededFor,
      })),
    })),
  };
}

function listing(found: readonly ModelStatus[]): string {
  return found.map((model) => `${heading(model)}\n${model.files.map(fileLines).join('')}`).join('\n');
}

function heading({ name, kind, precision, revision }: ModelStatus): string {
  const origin =
    kind === 'builtin' ? 'ships with FashionMatch' : kind === 'folder' ? 'local folder' : `hub ${revision}`;
  return `${printable(name)}  (${precision}, ${origin.trim()})`;
}

function fileLines({ path, state, size, hash, neededFor }: ModelFileStatus): string {
  const megabytes = size === undefined ? 'size unknown' : `${(size / 1e6).toFixed(1)} MB`;
  const purpose = neededFor === 'texts' ? '  (for search --text)' : '';
  const lines = [
    `${state.padEnd(8)} ${megabytes.padStart(9)}  ${printable(path)}${purpose}`,
    hash && `${' '.repeat(20)}${hash}`,
  ];
  return lines.flatMap((line) => (line === '' ? [] : `  ${line}\n`)).join('');
}
