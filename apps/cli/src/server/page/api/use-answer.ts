import { useEffect, useState } from 'preact/hooks';

/** How a question to the server stands. What was answered before stays until there is something else, or a fault. */
export interface Asked<T> {
  readonly isAsking: boolean;
  readonly answer: T | undefined;
  readonly fault: string | undefined;
  readonly again: () => void;
}

interface Outcome<T> {
  readonly question: string;
  readonly answer?: T;
  readonly fault?: string;
}

/**
 * Asks whenever the question is another one, and gives up the one before.
 *
 * @param question What is asked, in words that differ when the question does; `undefined` for nothing.
 */
export function useAnswer<T>(question: string | undefined, ask: (signal: AbortSignal) => Promise<T>): Asked<T> {
  const [attempt, setAttempt] = useState(0);
  const [outcome, setOutcome] = useState<Outcome<T>>();
  const asked = question === undefined ? undefined : `${String(attempt)} ${question}`;
  useEffect(() => {
    if (asked === undefined) {
      setOutcome(undefined);
      return;
    }
    const given = new AbortController();
    ask(given.signal).then(
      (answer) => {
        if (!given.signal.aborted) setOutcome({ question: asked, answer });
      },
      (error: unknown) => {
        if (given.signal.aborted) return;
        setOutcome({ question: asked, fault: error instanceof Error ? error.message : String(error) });
      },
    );
    return () => {
      given.abort();
    };
  }, [asked]);
  return {
    isAsking: asked !== undefined && outcome?.question !== asked,
    answer: outcome?.answer,
    fault: outcome?.question === asked ? outcome?.fault : undefined,
    again: () => {
      setAttempt(attempt + 1);
    },
  };
}
