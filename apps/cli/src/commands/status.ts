import { isOutOfStep, loadConfig, readStoreStatus } from '@fashionmatch/pipeline';

import type { StatusOptions } from '../command-options.js';
import { EXIT } from '../terminal/exit-code.js';
import { jsonText } from '../documents/json-text.js';
import { reporting } from '../terminal/reporting.js';
import { openSession } from '../terminal/session.js';
import { statusDocument } from '../documents/status-document.js';
import { statusReport } from '../tables/status-report.js';
import type { Terminal } from '../terminal/terminal.js';

/** `fashionmatch status`: what is stored, by whom, and who works on it. */
export async function status(options: StatusOptions, terminal: Terminal): Promise<number> {
  const session = openSession({ ...options, logLevel: options.logLevel ?? 'warn' }, terminal);
  return reporting(session, async () => {
    const found = await readStoreStatus(await loadConfig({ path: options.config }), session);
    terminal.stdout.write(options.json ? `${jsonText(statusDocument(found))}\n` : statusReport(found));
    return options.check && isOutOfStep(found) ? EXIT.drift : EXIT.done;
  });
}
