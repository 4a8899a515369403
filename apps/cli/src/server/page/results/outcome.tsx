import type { ComponentChildren, JSX, Ref } from 'preact';

import type { Asked } from '../api/use-answer.js';
import { printable } from '../api/printable.js';
import { Fault } from './fault.js';

interface OutcomeProps<T> {
  readonly heading: string;
  readonly headingRef: Ref<HTMLHeadingElement>;
  readonly asked: Pick<Asked<T>, 'isAsking' | 'fault' | 'again'>;
  /** What has come of it, in a sentence. */
  readonly told: string;
  /** What is said while it is asked. */
  readonly waiting?: string;
  readonly children: ComponentChildren;
}

/** What was asked, how that stands, and what came of it: told to those who don't see it, too. */
export function Outcome<T>(props: OutcomeProps<T>): JSX.Element {
  const { heading, headingRef, asked, told, waiting = 'Searching …', children } = props;
  return (
    <section class="outcome" aria-labelledby="found">
      <h2 id="found" tabIndex={-1} ref={headingRef}>
        {printable(heading)}
      </h2>
      <p id="message" role="status" class={asked.isAsking ? 'waiting' : ''}>
        {asked.isAsking ? waiting : asked.fault === undefined ? printable(told) : ''}
      </p>
      <Fault fault={asked.isAsking ? undefined : asked.fault} again={asked.again} />
      <div aria-busy={asked.isAsking}>{children}</div>
    </section>
  );
}
