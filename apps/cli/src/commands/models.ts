import { Argument } from '@commander-js/extra-typings';
import { EMBEDDING_SPACES, FashionMatchError } from '@fashionmatch/domain';
import type { AppConfig, ModelFileStatus, ModelStatus } from '@fashionmatch/pipeline';

import { defineCommand } from '../declaration/define-command.js';
import { withGenerationOption } from '../declaration/generation-option.js';
import { score, wholeNumber } from '../declaration/option-values.js';
import { modelFileDocument } from '../documents/model-file-document.js';
import { comparisonDocument, comparisonTable } from '../tables/comparison-report.js';
import { modelCheckDocument, modelCheckTable } from '../tables/model-check-report.js';
import { printable } from '../tables/printable.js';
import { EXIT } from '../terminal/exit-code.js';
import { reporting } from '../terminal/reporting.js';
import type { Session } from '../terminal/session.js';

/** `fashionmatch models list|pull|verify|compare|check`: the files of models, and what they make of images. */
export const models = defineCommand({
  name: 'models',
  description: 'the models of the config: where they are, download, check; compare int8 with fp32; try a folder',
  examples: [
    'fashionmatch models list',
    'fashionmatch models pull --text',
    'fashionmatch models verify --json',
    'fashionmatch models check ./models/clip-vit-base-patch32',
    'fashionmatch models compare --references-dir photos --min-cosine 0.99',
  ],
  declare: (command) =>
    withGenerationOption(
      command
        .addArgument(new Argument('<task>', 'what to do').choices(['list', 'pull', 'verify', 'compare', 'check']))
        .argument('[folder]', 'check: the model to open')
        .option('--text', 'what `search --text` needs as well')
        .option('--references-dir <dir>', 'compare: the photographs to compare on (default: from config)')
        .option('--images <n>', 'compare: at most so many of them', wholeNumber(1, 10_000), 200)
        .option('--min-cosine <x>', 'compare: exit 4 when a cosine is less', score),
    ),
  action: (task, folder, options, session) =>
    reporting(session, async () => {
      const { compareModels, inspectModels, pullModels, resolveGeneration } = await import('@fashionmatch/pipeline');
      const { loadStoreConfig } = await import('../planning/store-config.js');
      const asked = await loadStoreConfig(options);
      // Who names none means the models of the config, and needs no store.
      const config = asked.database.generation === undefined ? asked : await resolveGeneration(asked, session);
      if (task === 'check') return check(folder, config, session);
      if (task === 'compare') {
        const { referencesDir: directory = config.scraper.referencesDir, images } = options;
        const comparison = await compareModels(config, { directory, images, precision: 'int8', ...session });
        session.progress.close();
        session.print(
          () => comparisonDocument(comparison),
          () => comparisonTable(comparison),
        );
        const least = Math.min(...EMBEDDING_SPACES.map((space) => comparison.spaces[space].minCosine));
        return options.minCosine !== undefined && least < options.minCosine ? EXIT.drift : EXIT.done;
      }
      if (task === 'pull') await pullModels(config, { ...session, text: options.text });
      session.progress.close();
      const found = await inspectModels(config, { thorough: task === 'verify' });
      session.print(
        () => document(found),
        () => listing(found),
      );
      const complete = found.every(({ files }) => files.every((file) => isRight(file, options.text)));
      return task === 'verify' && !complete ? EXIT.model : EXIT.done;
    }),
});

async function check(folder: string | undefined, config: AppConfig, session: Session): Promise<number> {
  if (folder === undefined) {
    throw new FashionMatchError('USAGE_INVALID', 'Name the folder: fashionmatch models check FOLDER.');
  }
  const { checkModel } = await import('@fashionmatch/pipeline');
  const found = await checkModel(folder, config, session.logger);
  session.print(
    () => modelCheckDocument(found),
    () => modelCheckTable(found),
  );
  return found.encoders.some(({ fault }) => fault !== undefined) ? EXIT.model : EXIT.done;
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
      files: files.map(modelFileDocument),
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
