import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import { Link, useNavigation } from '../address/navigation.js';
import { askFor } from '../api/ask.js';
import { hitsDocument, itemDocument, type ItemDocument } from '../api/documents.js';
import { printable, printableLines } from '../api/printable.js';
import { useAnswer } from '../api/use-answer.js';
import { Fault } from './fault.js';
import { priceOf, Shop, titleOf } from './item-card.js';
import { Picture } from './picture.js';

const NEIGHBOURS = 6;

/** One item, large, with all that is known of it and what is most like it. */
export function ItemDialog({ id }: { readonly id: string }): JSX.Element {
  const { go } = useNavigation();
  const dialog = useRef<HTMLDialogElement>(null);
  const path = `/api/items/${encodeURIComponent(id)}`;
  const { isAsking, answer, fault } = useAnswer(path, (signal) => askFor(itemDocument, path, { signal }));
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      // To where it was, once the dialog is gone.
      requestAnimationFrame(() => {
        const isThere = before instanceof HTMLElement && before.isConnected && before !== document.body;
        (isThere ? before : document.getElementById('found'))?.focus();
      });
    };
  }, []);
  const close = (): void => {
    go({ item: undefined });
  };
  const item = answer?.item_id === id ? answer : undefined;
  return (
    <dialog
      ref={dialog}
      aria-labelledby="item-title"
      onClose={close}
      onClick={({ target }) => {
        if (target === dialog.current) close();
      }}
    >
      <div class="body">
        <div class="dialog-head">
          <h2 id="item-title">{item ? titleOf(item) : printable(id)}</h2>
          <button type="button" class="plain" onClick={close}>
            Close
          </button>
        </div>
        <p role="status" class="quiet">
          {isAsking ? 'Opening …' : ''}
        </p>
        <Fault fault={fault} />
        {item && <WholeItem item={item} />}
        {item && <Neighbours id={id} />}
      </div>
    </dialog>
  );
}

/** Shown as something else than a row of their own. */
const SHOWN_OTHERWISE = ['title', 'price', 'currency', 'picture', 'url', 'description', 'schema_version'];

function WholeItem({ item }: { readonly item: ItemDocument }): JSX.Element {
  const { description = '' } = item;
  return (
    <div class="whole-item">
      <Picture address={item.picture} isAlone />
      <div class="body">
        <p class="price">{priceOf(item)}</p>
        {description !== '' && <p class="description">{printableLines(description)}</p>}
        <dl>
          {rowsOf(item, SHOWN_OTHERWISE).map(([name, value]) => (
            <div key={name} class="field">
              <dt>{labelOf(name)}</dt>
              <dd>{printable(value)}</dd>
            </div>
          ))}
        </dl>
        <p class="ways">
          <Link to={{ view: 'items', query: { kind: 'item', id: item.item_id }, page: 1, item: undefined }}>
            All look-alikes
          </Link>
          <Shop item={item} />
        </p>
      </div>
    </div>
  );
}

/** All that the API tells of it, whatever that is. */
function rowsOf(fields: object, leftOut: readonly string[], before = ''): [name: string, value: string][] {
  return Object.entries(fields).flatMap(([name, value]: [string, unknown]): [string, string][] => {
    if (leftOut.includes(name) || value === '' || value === null) return [];
    if (typeof value === 'object') return rowsOf(value, [], `${before}${name} `);
    return [[before + name, typeof value === 'string' ? value : JSON.stringify(value)]];
  });
}

function labelOf(name: string): string {
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function Neighbours({ id }: { readonly id: string }): JSX.Element | null {
  const path = `/api/search?${new URLSearchParams({ id, top_k: String(NEIGHBOURS) }).toString()}`;
  const { answer, fault } = useAnswer(path, (signal) => askFor(hitsDocument, path, { signal }));
  const places = Array.from({ length: NEIGHBOURS }, (_, place) => answer?.hits[place]);
  return (
    <section aria-labelledby="neighbours">
      <h3 id="neighbours">Most like it</h3>
      <Fault fault={fault} />
      <ol class="neighbours">
        {places.map((hit, place) => (
          <li key={hit?.item_id ?? place}>
            {hit ? (
              <Link to={{ item: hit.item_id }}>
                <Picture address={hit.picture} isAlone />
                {titleOf(hit)}
              </Link>
            ) : (
              !answer && <div class="picture" />
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
