import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

import { KINDS, type Kind } from '../address/address.js';
import { Link, useNavigation } from '../address/navigation.js';
import { ask } from '../api/ask.js';
import { duplicatesDocument, type DuplicateGroup, type FoundDuplicates } from '../api/documents.js';
import { useAnswer } from '../api/use-answer.js';
import { CopyResults } from './copy-results.js';
import type { Row } from './delimited-text.js';
import { ItemCard } from './item-card.js';
import { Outcome } from './outcome.js';
import { Pages } from './pages.js';

const GROUPS_A_PAGE = 20;
/** So often it is asked how far the search for them is, in milliseconds. */
const ASK_EVERY_MS = 500;

interface Progress {
  readonly done: number;
  readonly total: number;
}

const EXPLAINED: Readonly<Record<Kind, string>> = {
  exact: 'Items whose picture files are the same, byte for byte.',
  near: 'Items whose pictures were cut, scaled or saved anew.',
  relist: 'The same picture, offered more than once.',
};

const KIND_NAMES = [
  ['exact', KINDS.exact],
  ['near', KINDS.near],
  ['relist', KINDS.relist],
] as const;

/** Items that are one and the same, in groups. */
export function Duplicates(): JSX.Element {
  const { state } = useNavigation();
  const heading = useRef<HTMLHeadingElement>(null);
  const [progress, setProgress] = useState<Progress>();
  const offset = (state.page - 1) * GROUPS_A_PAGE;
  const path = `/api/duplicates?kind=${state.kind}&offset=${String(offset)}&limit=${String(GROUPS_A_PAGE)}`;
  const asked = useAnswer(path, (signal) => findDuplicates(path, signal, setProgress));
  const { answer } = asked;
  return (
    <>
      <nav class="tabs" aria-label="Kinds of duplicates">
        {KIND_NAMES.map(([kind, name]) => (
          <Link key={kind} to={{ kind, page: 1 }} isCurrent={kind === state.kind}>
            {name}
          </Link>
        ))}
      </nav>
      <Outcome
        heading={KINDS[state.kind]}
        headingRef={heading}
        asked={asked}
        told={answer ? `${groupsText(answer.total)}. ${EXPLAINED[state.kind]}` : ''}
        waiting="Searching for duplicates …"
      >
        {asked.isAsking && progress && <progress aria-label="Compared" value={progress.done} max={progress.total} />}
        {answer && (
          <>
            {answer.groups.length > 0 && (
              <div class="tools">
                <CopyResults rows={answer.groups.flatMap((group, place) => rowsOf(group, offset + place + 1))} />
              </div>
            )}
            {answer.groups.map((group, place) => (
              <Group key={offset + place} group={group} number={offset + place + 1} />
            ))}
            <Pages
              total={answer.total}
              perPage={GROUPS_A_PAGE}
              onTurn={() => {
                heading.current?.focus();
              }}
            />
          </>
        )}
      </Outcome>
    </>
  );
}

function Group({
  group: { items, items_total: total },
  number,
}: {
  readonly group: DuplicateGroup;
  readonly number: number;
}): JSX.Element {
  const id = `group-${String(number)}`;
  return (
    <section class="group" aria-labelledby={id}>
      <h3 id={id}>{`Group ${String(number)}: ${String(total)} items`}</h3>
      <ul class="cards">
        {items.map((item) => (
          <ItemCard key={item.item_id} item={item} />
        ))}
      </ul>
    </section>
  );
}

const rowsOf = ({ items }: DuplicateGroup, group: number): Row[] => items.map((item) => ({ group, ...item }));

const groupsText = (total: number): string =>
  total === 0 ? 'None' : total === 1 ? '1 group' : `${total.toLocaleString('en')} groups`;

/** Asks again until all are compared. */
async function findDuplicates(
  path: string,
  signal: AbortSignal,
  tell: (progress: Progress | undefined) => void,
): Promise<FoundDuplicates> {
  for (;;) {
    const response = await ask(path, { signal });
    const document = duplicatesDocument.parse(await response.json());
    tell(document.state === 'searching' ? document : undefined);
    if (document.state === 'ready') return document;
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
    signal.throwIfAborted();
  }
}
