import { exitCodeOf } from './exit-code.js';
import { fatalDocument, fatalErrorOf } from './fatal-error.js';
import type { Session } from './session.js';
import type { StopSignals } from './stop-signals.js';

/** What may end a command before its time, and what its user then has to know. */
export interface Interruption {
  readonly stop: StopSignals;
  readonly message: string;
}

/**
 * Does a command's work, and says in one sentence why it could not go on; with `--json` in a document, too, unless the
 * work has printed its own: there is always one, and no more.
 *
 * @returns the exit code: that of the work, of the signal that interrupted it, or of its error. Never throws.
 */
export async function reporting(
  session: Session,
  work: () => Promise<number>,
  interruption?: Interruption,
): Promise<number> {
  try {
    return await work();
  } catch (thrown) {
    // A bar below the sentence would hide it.
    session.progress.close();
    if (interruption?.stop.exitCode !== undefined) {
      session.logger.warn(interruption.message);
      session.printInstead({ schema_version: 1, status: 'interrupted' });
      return interruption.stop.exitCode;
    }
    const error = fatalErrorOf(thrown);
    session.printInstead(fatalDocument(error));
    session.fail(error);
    return exitCodeOf(error.code);
  } finally {
    session.progress.close();
  }
}
