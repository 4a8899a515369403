import type { JSX } from 'preact';

import { printable } from '../api/printable.js';

interface FaultProps {
  /** What went wrong, in a sentence; undefined where nothing did. */
  readonly fault: string | undefined;
  /** Asks once more, where that may help. */
  readonly again?: () => void;
}

/** What went wrong, told to those who don't see it, too: the place is there before it. */
export function Fault({ fault, again }: FaultProps): JSX.Element {
  return (
    <div role="alert">
      {fault !== undefined && (
        <p class="bad">
          {printable(fault)}
          {again && (
            <>
              {' '}
              <button type="button" class="plain" onClick={again}>
                Try again
              </button>
            </>
          )}
        </p>
      )}
    </div>
  );
}
