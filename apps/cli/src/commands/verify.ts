import type { Removal, RepairOutcome, StoreSurvey, StoreVerification } from '@fashionmatch/pipeline';

import type { CommonOptions } from '../declaration/common-options.js';
import { defineCommand } from '../declaration/define-command.js';
import { withGenerationOption } from '../declaration/generation-option.js';
import { wholeNumber } from '../declaration/option-values.js';
import { confirm } from '../terminal/confirm.js';
import { EXIT } from '../terminal/exit-code.js';
import { reporting } from '../terminal/reporting.js';
import type { Session } from '../terminal/session.js';
import { StopSignals } from '../terminal/stop-signals.js';

/** `fashionmatch verify`: reads every vector of both collections, says what is wrong with them, and mends it. */
export const verify = defineCommand({
  name: 'verify',
  description: 'read every vector of both collections, and say what is wrong; exit 4 when something is',
  examples: ['fashionmatch verify', 'fashionmatch verify --repair --yes'],
  declare: (command) =>
    withGenerationOption(
      command
        .option(
          '--repair',
          'mend what is wrong: from the journal, else from the files; asks before it removes anything',
        )
        .option('--encode <n>', 'encode n images again, imported ones first, and compare', wholeNumber(1, 100_000_000)),
    ),
  action: async (options, session) => {
    using stop = new StopSignals();
    const { signal } = stop;
    const work = async (): Promise<number> => {
      const { isInStep, StoreVerification } = await import('@fashionmatch/pipeline');
      const { loadStoreConfig } = await import('../planning/store-config.js');
      const { verificationDocument } = await import('../documents/verification-document.js');
      const { verificationReport } = await import('../tables/verification-report.js');
      const { logger, progress } = session;
      const config = await loadStoreConfig(options);
      const opened = await StoreVerification.open({ config, logger, progress, signal, repair: options.repair });
      const { found, repair } = await surveyAndMend(opened, options, session, signal);
      session.print(
        () => verificationDocument(found, repair),
        () => verificationReport(found, repair),
      );
      return isInStep(repair?.survey ?? found) ? EXIT.done : EXIT.drift;
    };
    return await reporting(session, work, { stop, message: 'Interrupted: run the command again to go on' });
  },
});

async function surveyAndMend(
  opened: StoreVerification,
  options: CommonOptions & { readonly repair?: boolean; readonly encode?: number },
  { terminal, logger, progress }: Session,
  signal: AbortSignal,
): Promise<{ readonly found: StoreSurvey; readonly repair: RepairOutcome | undefined }> {
  await using verification = opened;
  logger.info('Reading both collections');
  const found = await verification.survey(signal, options.encode);
  if (!options.repair) return { found, repair: undefined };
  const confirmRemoval = (removal: Removal): Promise<void> => {
    progress.close();
    return confirm(warningOf(removal), options, terminal);
  };
  return { found, repair: await verification.repair(found, { confirmRemoval, signal }) };
}

function warningOf({ items, unknown }: Removal): string {
  if (unknown) return 'Nothing says which items the store held: mending it leaves an empty one.';
  const [first] = items;
  const example = first === undefined ? '' : ` (the first: ${first.itemId}, ${first.reason})`;
  return `Neither the journal nor a file has the vectors of ${String(items.length)} items${example}: mending the store removes them.`;
}
