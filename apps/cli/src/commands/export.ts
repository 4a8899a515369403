import { defineCommand } from '../declaration/define-command.js';
import { withGenerationOption } from '../declaration/generation-option.js';
import { ARCHIVE_FILE } from '../declaration/option-values.js';
import { printable } from '../tables/printable.js';
import { exportDocument, warnOfFailures } from '../tables/transfer-report.js';
import { confirm } from '../terminal/confirm.js';
import { EXIT } from '../terminal/exit-code.js';
import { reporting } from '../terminal/reporting.js';
import { StopSignals } from '../terminal/stop-signals.js';

/** `fashionmatch export`: writes every stored item with its vectors to a file. */
export const exportStore = defineCommand({
  name: 'export',
  description: 'write every stored item with its vectors to a file, for others to import or to read in Python',
  examples: ['fashionmatch export team.parquet', 'fashionmatch export team.npy --yes'],
  declare: (command) => withGenerationOption(command.argument('<file>', ARCHIVE_FILE)),
  action: async (file, options, session) => {
    using stop = new StopSignals();
    const startedAt = performance.now();
    const work = async (): Promise<number> => {
      const { exportArchive, openItemArchive } = await import('@fashionmatch/pipeline');
      const { loadStoreConfig } = await import('../planning/store-config.js');
      const { terminal, logger, progress, print } = session;
      const archive = await openItemArchive(file);
      const { files } = archive;
      const config = await loadStoreConfig(options);
      const existing = await archive.existing();
      const overwrite = existing.length > 0;
      if (overwrite) await confirm(`This replaces ${printable(existing.join(', '))}.`, options, terminal);
      const report = await exportArchive(archive, { config, logger, progress, overwrite, signal: stop.signal });
      const seconds = (performance.now() - startedAt) / 1000;
      warnOfFailures(report.failures, logger);
      print(
        () => exportDocument(files, report, seconds),
        () => `Exported ${String(report.items)} items to ${printable(files.join(', '))} in ${seconds.toFixed(2)}s.\n`,
      );
      return report.failures.length > 0 ? EXIT.someFailed : EXIT.done;
    };
    return await reporting(session, work, { stop, message: 'Interrupted: nothing was written' });
  },
});
