import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';

import { keyOf, SORTS } from '../address/address.js';
import { useNavigation } from '../address/navigation.js';
import { askFor } from '../api/ask.js';
import { itemsDocument, type ItemsDocument } from '../api/documents.js';
import { useAnswer } from '../api/use-answer.js';
import { whereOf } from '../query/where.js';
import { CopyResults } from './copy-results.js';
import { hintsText } from './hints.js';
import { ItemCard } from './item-card.js';
import { Outcome } from './outcome.js';
import { Pages } from './pages.js';

const ITEMS_A_PAGE = 48;

/** The store itself, page by page. */
export function StoredItems(): JSX.Element {
  const { state, go } = useNavigation();
  const heading = useRef<HTMLHeadingElement>(null);
  const where = whereOf(state.filters);
  const offset = (state.page - 1) * ITEMS_A_PAGE;
  const parameters = new URLSearchParams({ sort: state.sort, offset: String(offset), limit: String(ITEMS_A_PAGE) });
  if (where !== '') parameters.set('where', where);
  const path = `/api/items?${parameters.toString()}`;
  const asked = useAnswer(path, (signal) => askFor(itemsDocument, path, { signal }));
  const { answer } = asked;
  const shown = answer?.items ?? [];
  const toHeading = (): void => {
    heading.current?.focus();
  };
  return (
    <Outcome
      heading={where === '' ? 'All that is stored' : 'What is stored, filtered'}
      headingRef={heading}
      asked={asked}
      told={answer ? toldOf(answer, offset) : ''}
    >
      {answer !== undefined && (
        <>
          <div class="tools">
            <label>
              Order{' '}
              <select
                id="sort"
                value={state.sort}
                onChange={({ currentTarget }) => {
                  go({ sort: keyOf(SORTS, currentTarget.value) ?? 'stored', page: 1 });
                }}
              >
                {Object.entries(SORTS).map(([sort, name]) => (
                  <option key={sort} value={sort}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
            {shown.length > 0 && <CopyResults rows={shown} />}
          </div>
          <ol id="hits" class="cards" start={offset + 1}>
            {shown.map((item) => (
              <ItemCard key={item.item_id} item={item} onLookAlikes={toHeading} />
            ))}
          </ol>
          <Pages total={answer.total} perPage={ITEMS_A_PAGE} onTurn={toHeading} />
        </>
      )}
    </Outcome>
  );
}

function toldOf({ total, items, hints }: ItemsDocument, offset: number): string {
  const number = (count: number): string => count.toLocaleString('en');
  if (total === 0) return ['No items found.', hintsText(hints)].join(' ').trim();
  if (items.length === 0) return `There are ${number(total)} items, and none on this page.`;
  const range = `${number(offset + 1)} to ${number(offset + items.length)}`;
  return total === 1 ? '1 item.' : `${range} of ${number(total)} items.`;
}
