import { Option, type Command } from '@commander-js/extra-typings';
import type { ImportArchiveOptions } from '@fashionmatch/pipeline';

import type { OptionsOf } from '../declaration/common-options.js';
import { defineCommand } from '../declaration/define-command.js';
import { withGenerationOption } from '../declaration/generation-option.js';
import { importDocument, importLine, warnOfFailures } from '../tables/transfer-report.js';
import { EXIT } from '../terminal/exit-code.js';
import { reporting } from '../terminal/reporting.js';
import { StopSignals } from '../terminal/stop-signals.js';

/** `fashionmatch import`: stores the items of a file that `fashionmatch export`, or another program, wrote. */
export const importFile = defineCommand({
  name: 'import',
  description: 'store the items of a file with vectors; those of images that are here are compared first',
  examples: [
    'fashionmatch import team.parquet',
    'fashionmatch import team.npy --json',
    'fashionmatch import team.parquet --encoders-as team.npy --root photos',
  ],
  declare,
  action: async (file, { check, config: path, generation, root, ...encoders }, session) => {
    using stop = new StopSignals();
    const { signal } = stop;
    const startedAt = performance.now();
    const work = async (): Promise<number> => {
      const { importArchive, openReadableArchive } = await import('@fashionmatch/pipeline');
      const { loadStoreConfig } = await import('../planning/store-config.js');
      const { logger, progress, print } = session;
      const archive = await openReadableArchive(file);
      const config = await loadStoreConfig({ config: path, generation });
      const named = await namedEncoders(encoders);
      const report = await importArchive(archive, { config, logger, progress, signal, check, root, named });
      const seconds = (performance.now() - startedAt) / 1000;
      warnOfFailures(report.failures, logger);
      const transfer = { files: archive.files, report, seconds, interrupted: stop.exitCode !== undefined };
      print(
        () => importDocument(transfer),
        () => importLine(transfer),
      );
      return stop.exitCode ?? (report.failures.length > 0 ? EXIT.someFailed : EXIT.done);
    };
    return await reporting(session, work, { stop, message: 'Interrupted: run the command again to go on' });
  },
});

type Options = OptionsOf<typeof declare>;

function declare(command: Command) {
  return withGenerationOption(
    command
      .argument('<file>', 'NAME.parquet; NAME.npy, with NAME.jsonl; or a folder of clip-retrieval')
      .option('--check', 'compare all images that are here, not just a sample, and leave out what is wrong')
      .option(
        '--clip-encoder <id>',
        'what made the CLIP vectors, where the file does not say it: a model or an encoder id',
      )
      .option('--dino-encoder <id>', 'what made the DINOv2 vectors')
      .addOption(
        new Option('--encoders-as <file>', 'what made the vectors: the encoders of a file that export wrote').conflicts(
          ['clipEncoder', 'dinoEncoder'],
        ),
      )
      .option('--root <dir>', "where relative paths of images begin (default: the file's folder)"),
  );
}

async function namedEncoders({
  clipEncoder: clip,
  dinoEncoder: dino,
  encodersAs,
}: Pick<Options, 'clipEncoder' | 'dinoEncoder' | 'encodersAs'>): Promise<ImportArchiveOptions['named']> {
  if (encodersAs === undefined) return { ...(clip !== undefined && { clip }), ...(dino !== undefined && { dino }) };
  const { encodersOf, openReadableArchive } = await import('@fashionmatch/pipeline');
  return encodersOf(await openReadableArchive(encodersAs));
}
