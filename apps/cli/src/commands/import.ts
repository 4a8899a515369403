import { importArchive, loadConfig, openItemArchive } from '@fashionmatch/pipeline';

import type { ImportOptions } from '../command-options.js';
import { EXIT } from '../terminal/exit-code.js';
import { jsonText } from '../documents/json-text.js';
import { reporting } from '../terminal/reporting.js';
import { openSession } from '../terminal/session.js';
import { StopSignals } from '../terminal/stop-signals.js';
import type { Terminal } from '../terminal/terminal.js';
import { importDocument, importLine, warnOfFailures } from '../tables/transfer-report.js';

/** `fashionmatch import`: stores the items of a file that `fashionmatch export` wrote. */
export async function importFile(file: string, options: ImportOptions, terminal: Terminal): Promise<number> {
  using stop = new StopSignals();
  const session = openSession(options, terminal);
  const { logger, progress } = session;
  const startedAt = performance.now();
  const work = async (): Promise<number> => {
    const archive = await openItemArchive(file);
    const config = await loadConfig({ path: options.config });
    const report = await importArchive(archive, {
      config,
      logger,
      progress,
      signal: stop.signal,
      check: options.check,
    });
    const seconds = (performance.now() - startedAt) / 1000;
    warnOfFailures(report.failures, logger);
    const transfer = { files: archive.files, report, seconds, interrupted: stop.exitCode !== undefined };
    terminal.stdout.write(options.json ? `${jsonText(importDocument(transfer))}\n` : importLine(transfer));
    return stop.exitCode ?? (report.failures.length > 0 ? EXIT.someFailed : EXIT.done);
  };
  return await reporting(session, work, { stop, message: 'Interrupted: run the command again to go on' });
}
