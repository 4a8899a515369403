import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { FIRST_STATE, HITS } from './address/address.js';
import { Link, useNavigation } from './address/navigation.js';
import { askFor, hasToken, keepToken, RefusedError } from './api/ask.js';
import { statusDocument, type StatusDocument } from './api/documents.js';
import { printable } from './api/printable.js';
import { useAnswer } from './api/use-answer.js';
import { QueryForm } from './query/query-form.js';
import { Duplicates } from './results/duplicates.js';
import { Fault } from './results/fault.js';
import { FoundItems } from './results/found-items.js';
import { ItemDialog } from './results/item-dialog.js';
import { StoredItems } from './results/stored-items.js';

/** The status, or that a token is needed for it. */
async function askStatus(signal: AbortSignal): Promise<StatusDocument | 'locked'> {
  try {
    return await askFor(statusDocument, '/api/status', { signal });
  } catch (error) {
    if (error instanceof RefusedError && error.status === 401) return 'locked';
    throw error;
  }
}

/** The whole page. */
export function App(): JSX.Element {
  const { state } = useNavigation();
  const { answer, fault, again } = useAnswer('status', askStatus);
  useTitle();
  if (answer === 'locked') return <Locked onToken={again} />;
  return (
    <>
      <header>
        <h1>FashionMatch</h1>
        <nav class="tabs" aria-label="Views">
          <Link
            to={{ view: 'items', query: FIRST_STATE.query, count: HITS, page: 1 }}
            isCurrent={state.view === 'items'}
          >
            Items
          </Link>
          <Link to={{ view: 'duplicates' }} afresh isCurrent={state.view === 'duplicates'}>
            Duplicates
          </Link>
        </nav>
        <p id="status" class="quiet" role="status">
          {fault === undefined ? (answer ? `${answer.items.toLocaleString('en')} items` : 'Opening the store …') : ''}
        </p>
      </header>
      <main>
        <Fault fault={fault} again={again} />
        {fault === undefined && (state.view === 'duplicates' ? <Duplicates /> : <Items status={answer} />)}
      </main>
      {fault === undefined && answer && state.item !== undefined && <ItemDialog key="item" id={state.item} />}
    </>
  );
}

/** What is looked for beside what was found; on a phone, one above the other, and the first folded away. */
function Items({ status }: { readonly status: StatusDocument | undefined }): JSX.Element {
  const { state } = useNavigation();
  const [isFolded, setIsFolded] = useState(true);
  return (
    <>
      <button
        type="button"
        class="fold"
        aria-expanded={!isFolded}
        aria-controls="ask"
        onClick={() => {
          setIsFolded(!isFolded);
        }}
      >
        {isFolded ? 'Search and filter' : 'Show the items'}
      </button>
      <div class="beside">
        {status ? (
          <QueryForm
            status={status}
            isFolded={isFolded}
            onDone={() => {
              setIsFolded(true);
            }}
          />
        ) : (
          <div class="card folded" />
        )}
        {state.query.kind === 'none' ? <StoredItems /> : <FoundItems />}
      </div>
    </>
  );
}

function Locked({ onToken }: { readonly onToken: () => void }): JSX.Element {
  const [token, setToken] = useState('');
  return (
    <main>
      <h1>FashionMatch</h1>
      <form
        id="unlock"
        class="card"
        onSubmit={(event) => {
          event.preventDefault();
          keepToken(token.trim());
          onToken();
        }}
      >
        <div class="body">
          <p role="alert">{hasToken() ? 'This token is not the right one.' : 'A token is needed.'}</p>
          <label for="token">Token</label>
          <input
            id="token"
            type="password"
            autoComplete="off"
            required
            onInput={({ currentTarget }) => {
              setToken(currentTarget.value);
            }}
          />
          <p class="quiet">It was shown once where FashionMatch was started.</p>
          <button>Open</button>
        </div>
      </form>
    </main>
  );
}

/** What tabs and histories call the page. */
function useTitle(): void {
  const { view, query, page } = useNavigation().state;
  useEffect(() => {
    const about = {
      none: page > 1 ? `Page ${String(page)}` : '',
      text: query.kind === 'text' ? `“${query.text}”` : '',
      item: 'Look-alikes',
      photo: query.kind === 'photo' ? query.name : '',
    }[query.kind];
    document.title = [view === 'duplicates' ? 'Duplicates' : printable(about), 'FashionMatch']
      .filter(Boolean)
      .join(' · ');
  }, [view, query, page]);
}
