import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';

import { FIRST_STATE, HITS, MAX_HITS, type PageState, type Query } from '../address/address.js';
import { Link, useNavigation } from '../address/navigation.js';
import { askFor } from '../api/ask.js';
import { hitsDocument, itemDocument, type HitsDocument } from '../api/documents.js';
import { useAnswer } from '../api/use-answer.js';
import { keptPhoto } from '../query/kept-photos.js';
import { writeRegion } from '../query/region.js';
import { whereOf } from '../query/where.js';
import { CopyResults } from './copy-results.js';
import { hintsText } from './hints.js';
import { ItemCard, titleOf } from './item-card.js';
import { Outcome } from './outcome.js';

/** What is like that which was asked for, the best first. */
export function FoundItems(): JSX.Element {
  const { state } = useNavigation();
  const heading = useRef<HTMLHeadingElement>(null);
  const parameters = parametersOf(state).toString();
  const asked = useAnswer(`${photoOf(state.query)} ${parameters}`, (signal) => search(state.query, parameters, signal));
  const title = useTitle(state.query);
  const { answer } = asked;
  const hits = answer?.hits ?? [];
  const more = Math.min(state.count + HITS, MAX_HITS);
  return (
    <Outcome
      heading={title}
      headingRef={heading}
      asked={asked}
      told={
        hits.length === 0
          ? `No items found. ${hintsText(answer?.hints ?? [])}`.trim()
          : `${String(hits.length)} items, the best first.`
      }
    >
      <p>
        <Link to={{ query: FIRST_STATE.query, count: HITS, page: 1 }}>Back to all that is stored</Link>
      </p>
      {hits.length > 0 && (
        <>
          <div class="tools">
            <CopyResults rows={hits} />
          </div>
          <ol id="hits" class="cards">
            {hits.map((item) => (
              <ItemCard key={item.item_id} item={item} onLookAlikes={() => heading.current?.focus()} />
            ))}
          </ol>
        </>
      )}
      {hits.length === state.count && state.count < MAX_HITS && (
        <p>
          <Link to={{ count: more }}>Show up to {String(more)}</Link>
        </p>
      )}
    </Outcome>
  );
}

function parametersOf({ query, filters, clip, count }: PageState): URLSearchParams {
  const parameters = new URLSearchParams({ top_k: String(count) });
  const where = whereOf(filters);
  if (where !== '') parameters.set('where', where);
  if (clip !== undefined) {
    parameters.set('clip', String(clip));
    parameters.set('dino', String(100 - clip));
  }
  if (query.kind === 'text') parameters.set('text', query.text);
  if (query.kind === 'item') parameters.set('id', query.id);
  if (query.kind === 'photo' && query.region) parameters.set('region', writeRegion(query.region));
  return parameters;
}

async function search(query: Query, parameters: string, signal: AbortSignal): Promise<HitsDocument> {
  const path = `/api/search?${parameters}`;
  if (query.kind !== 'photo') return askFor(hitsDocument, path, { signal });
  const photo = keptPhoto(query.name);
  if (!photo) {
    throw new Error(`The photo “${query.name}” is not part of this address, and is gone: choose it again.`);
  }
  const headers = { 'content-type': 'application/octet-stream' };
  return askFor(hitsDocument, path, { signal, method: 'POST', body: photo, headers });
}

/** Which photo it is, and whether it is there: once it is chosen again, it is looked for again. */
function photoOf(query: Query): string {
  return query.kind === 'photo' ? `${query.name} ${String(keptPhoto(query.name) !== undefined)}` : '';
}

/** What was asked for, as people call it. */
function useTitle(query: Query): string {
  const id = query.kind === 'item' ? query.id : undefined;
  const path = `/api/items/${encodeURIComponent(id ?? '')}`;
  const { answer } = useAnswer(id, (signal) => askFor(itemDocument, path, { signal }));
  switch (query.kind) {
    case 'text':
      return `“${query.text}”`;
    case 'item':
      return `Look-alikes of ${answer?.item_id === query.id ? titleOf(answer) : query.id}`;
    case 'photo':
      return `Look-alikes of ${query.region ? 'a part of ' : ''}${query.name}`;
    case 'none':
      return '';
  }
}
