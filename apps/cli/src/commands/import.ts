import { defineCommand } from '../declaration/define-command.js';
import { ARCHIVE_FILE } from '../declaration/option-values.js';
import { importDocument, importLine, warnOfFailures } from '../tables/transfer-report.js';
import { EXIT } from '../terminal/exit-code.js';
import { reporting } from '../terminal/reporting.js';
import { StopSignals } from '../terminal/stop-signals.js';

/** `fashionmatch import`: stores the items of a file that `fashionmatch export` wrote. */
export const importFile = defineCommand({
  name: 'import',
  description: 'store the items of a file that export wrote; vectors of images that are here are compared first',
  examples: ['fashionmatch import team.parquet', 'fashionmatch import team.npy --json'],
  declare: (command) =>
    command
      .argument('<file>', ARCHIVE_FILE)
      .option('--check', 'compare all images that are here, not just a sample, and leave out what is wrong'),
  action: async (file, { check, config: path }, session) => {
    using stop = new StopSignals();
    const { signal } = stop;
    const startedAt = performance.now();
    const work = async (): Promise<number> => {
      const { importArchive, loadConfig, openItemArchive } = await import('@fashionmatch/pipeline');
      const { logger, progress, print } = session;
      const archive = await openItemArchive(file);
      const config = await loadConfig({ path });
      const report = await importArchive(archive, { config, logger, progress, signal, check });
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
