import { exportArchive, loadConfig, openItemArchive, type ExportReport } from '@fashionmatch/pipeline';

import type { CommonOptions } from '../command-options.js';
import { confirm } from '../terminal/confirm.js';
import { EXIT } from '../terminal/exit-code.js';
import { jsonText } from '../documents/json-text.js';
import { printable } from '../tables/printable.js';
import { reporting } from '../terminal/reporting.js';
import { openSession, type Session } from '../terminal/session.js';
import { StopSignals } from '../terminal/stop-signals.js';
import type { Terminal } from '../terminal/terminal.js';
import { exportDocument, warnOfFailures } from '../tables/transfer-report.js';

/** `fashionmatch export`: writes every stored item with its vectors to a file. */
export async function exportStore(file: string, options: CommonOptions, terminal: Terminal): Promise<number> {
  using stop = new StopSignals();
  const session = openSession(options, terminal);
  const startedAt = performance.now();
  const work = async (): Promise<number> => {
    const { files, report } = await run(file, options, session, stop.signal);
    const seconds = (performance.now() - startedAt) / 1000;
    warnOfFailures(report.failures, session.logger);
    terminal.stdout.write(
      options.json
        ? `${jsonText(exportDocument(files, report, seconds))}\n`
        : `Exported ${String(report.items)} items to ${printable(files.join(', '))} in ${seconds.toFixed(2)}s.\n`,
    );
    return report.failures.length > 0 ? EXIT.someFailed : EXIT.done;
  };
  return await reporting(session, work, { stop, message: 'Interrupted: nothing was written' });
}

async function run(
  file: string,
  options: CommonOptions,
  { terminal, logger, progress }: Session,
  signal: AbortSignal,
): Promise<{ files: readonly string[]; report: ExportReport }> {
  const archive = await openItemArchive(file);
  const config = await loadConfig({ path: options.config });
  const existing = await archive.existing();
  if (existing.length > 0) await confirm(`This replaces ${printable(existing.join(', '))}.`, options, terminal);
  const overwrite = existing.length > 0;
  const report = await exportArchive(archive, { config, logger, progress, overwrite, signal });
  return { files: archive.files, report };
}
