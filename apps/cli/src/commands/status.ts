import { defineCommand } from '../declaration/define-command.js';
import { withGenerationOption } from '../declaration/generation-option.js';
import { EXIT } from '../terminal/exit-code.js';
import { reporting } from '../terminal/reporting.js';
import { columnsOf } from '../terminal/terminal.js';

/** `fashionmatch status`: what is stored, by whom, and who works on it. */
export const status = defineCommand({
  name: 'status',
  description: 'what is stored: items, encoders, size on disk, and who has the store open',
  examples: ['fashionmatch status', 'fashionmatch status --check --json'],
  logLevel: 'warn',
  declare: (command) =>
    withGenerationOption(
      command.option(
        '--check',
        'exit 4 when the two collections do not have the same items, or items that were looked at are changed',
      ),
    ),
  action: (options, session) =>
    reporting(session, async () => {
      const { hasDrift, readStoreStatus } = await import('@fashionmatch/pipeline');
      const { loadStoreConfig } = await import('../planning/store-config.js');
      const { statusDocument } = await import('../documents/status-document.js');
      const { statusReport } = await import('../tables/status-report.js');
      const found = await readStoreStatus(await loadStoreConfig(options), session);
      session.print(
        () => statusDocument(found),
        () => statusReport(found, columnsOf(session.terminal)),
      );
      return options.check && hasDrift(found) ? EXIT.drift : EXIT.done;
    }),
});
