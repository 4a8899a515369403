import {
  isInStep,
  loadConfig,
  StoreVerification,
  type Removal,
  type RepairOutcome,
  type StoreSurvey,
} from '@fashionmatch/pipeline';

import type { VerifyOptions } from '../command-options.js';
import { confirm } from '../terminal/confirm.js';
import { EXIT } from '../terminal/exit-code.js';
import { jsonText } from '../documents/json-text.js';
import { reporting } from '../terminal/reporting.js';
import { openSession, type Session } from '../terminal/session.js';
import { StopSignals } from '../terminal/stop-signals.js';
import type { Terminal } from '../terminal/terminal.js';
import { verificationDocument } from '../documents/verification-document.js';
import { verificationReport } from '../tables/verification-report.js';

interface Verification {
  readonly found: StoreSurvey;
  readonly repair: RepairOutcome | undefined;
}

/** `fashionmatch verify`: reads every vector of both collections, says what is wrong with them, and mends it. */
export async function verify(options: VerifyOptions, terminal: Terminal): Promise<number> {
  using stop = new StopSignals();
  const session = openSession(options, terminal);
  const work = async (): Promise<number> => {
    const { found, repair } = await run(options, session, stop.signal);
    const show = options.json
      ? `${jsonText(verificationDocument(found, repair))}\n`
      : verificationReport(found, repair);
    terminal.stdout.write(show);
    return isInStep(repair?.survey ?? found) ? EXIT.done : EXIT.drift;
  };
  return await reporting(session, work, { stop, message: 'Interrupted: run the command again to go on' });
}

async function run(options: VerifyOptions, session: Session, signal: AbortSignal): Promise<Verification> {
  const config = await loadConfig({ path: options.config });
  const { logger, progress } = session;
  await using verification = await StoreVerification.open({ config, logger, progress, signal, repair: options.repair });
  logger.info('Reading both collections');
  const found = await verification.survey(signal, options.encode);
  if (!options.repair) return { found, repair: undefined };
  const confirmRemoval = (removal: Removal): Promise<void> => {
    progress.close();
    return confirm(warningOf(removal), options, session.terminal);
  };
  return { found, repair: await verification.repair(found, { confirmRemoval, signal }) };
}

function warningOf({ items, unknown }: Removal): string {
  if (unknown) return 'Nothing says which items the store held: mending it leaves an empty one.';
  const [first] = items;
  const example = first === undefined ? '' : ` (the first: ${first.itemId}, ${first.reason})`;
  return `Neither the journal nor a file has the vectors of ${String(items.length)} items${example}: mending the store removes them.`;
}
