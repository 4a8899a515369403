import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { FIRST_STATE } from '../address/address.js';
import { useNavigation } from '../address/navigation.js';
import type { StatusDocument } from '../api/documents.js';
import { DraftInput } from './draft-input.js';
import { FilterFields } from './filter-fields.js';
import { PhotoField } from './photo-field.js';

interface QueryFormProps {
  readonly status: StatusDocument;
  readonly isFolded: boolean;
  /** Called when there is something to look at in its place, where there is room for one only. */
  readonly onDone: () => void;
}

/** What to look for, and how. */
export function QueryForm({ status, isFolded, onDone }: QueryFormProps): JSX.Element {
  const { state, go } = useNavigation();
  const { query } = state;
  const [text, setText] = useState('');
  const submit = (event: Event): void => {
    event.preventDefault();
    const wanted = text.trim();
    if (wanted !== '') go({ query: { kind: 'text', text: wanted }, page: 1, item: undefined });
    else if (query.kind === 'text') go({ query: FIRST_STATE.query, page: 1, item: undefined });
    onDone();
  };
  return (
    <form id="ask" class={`card ${isFolded ? 'folded' : ''}`} aria-label="What to look for" onSubmit={submit}>
      <div class="body">
        <PhotoField onChosen={onDone} />
        {status.reads_text && (
          <div>
            <label for="text">Or say what it looks like</label>
            <DraftInput
              id="text"
              type="search"
              maxLength={1000}
              placeholder="a red summer dress"
              value={query.kind === 'text' ? query.text : ''}
              onDraft={setText}
              onCommit={setText}
            />
          </div>
        )}
        <Weights status={status} />
        <FilterFields />
        <button class={status.reads_text ? '' : 'narrow'}>{status.reads_text ? 'Search' : 'Show the items'}</button>
      </div>
    </form>
  );
}

/** How much either encoder counts. A text has a place among CLIP's vectors only. */
function Weights({ status: { weights } }: { readonly status: StatusDocument }): JSX.Element | null {
  const { state, go } = useNavigation();
  const usual = Math.round((100 * weights.clip) / (weights.clip + weights.dino));
  const [drawn, setDrawn] = useState<string>();
  const clip = drawn ?? String(state.clip ?? usual);
  if (state.query.kind === 'none') return null;
  return (
    <div>
      <label for="weight">
        Weights: <output id="weights">{`CLIP ${clip} %, DINOv2 ${String(100 - Number(clip))} %`}</output>
      </label>
      <input
        id="weight"
        type="range"
        min={0}
        max={100}
        value={clip}
        disabled={state.query.kind === 'text'}
        onInput={({ currentTarget }) => {
          setDrawn(currentTarget.value);
        }}
        onChange={({ currentTarget }) => {
          setDrawn(undefined);
          go({ clip: Number(currentTarget.value) });
        }}
      />
    </div>
  );
}
