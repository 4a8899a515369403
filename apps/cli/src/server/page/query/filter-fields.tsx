import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { FIRST_STATE, type FilterName } from '../address/address.js';
import { Link, useNavigation } from '../address/navigation.js';
import { askFor } from '../api/ask.js';
import { valuesDocument } from '../api/documents.js';
import { printable } from '../api/printable.js';
import { useAnswer } from '../api/use-answer.js';
import { DraftInput } from './draft-input.js';
import { whereOf } from './where.js';

const TEXT_FILTERS = [
  ['brand', 'Brand'],
  ['category', 'Category'],
  ['size', 'Size'],
  ['condition', 'Condition'],
  ['seller', 'Seller'],
] as const;

/** The first who asks has the server read the fields of all items: it does so ahead, once there is something to see. */
const AHEAD_MS = 1_000;

/** Narrows what is shown, whether something is looked for or not. */
export function FilterFields(): JSX.Element {
  const { state } = useNavigation();
  return (
    <>
      <fieldset class="prices">
        <legend>Price</legend>
        <PriceField name="from" />
        <PriceField name="to" />
      </fieldset>
      {TEXT_FILTERS.map(([name, label]) => (
        <TextFilter key={name} name={name} label={label} />
      ))}
      {whereOf(state.filters) !== '' && (
        <p>
          <Link to={{ filters: FIRST_STATE.filters, page: 1 }}>Remove the filters</Link>
        </p>
      )}
    </>
  );
}

function useFilter(name: FilterName): [value: string, set: (value: string) => void] {
  const { state, go } = useNavigation();
  const set = (value: string): void => {
    if (value !== state.filters[name]) go({ filters: { ...state.filters, [name]: value }, page: 1 });
  };
  return [state.filters[name], set];
}

function PriceField({ name }: { readonly name: 'from' | 'to' }): JSX.Element {
  const [value, set] = useFilter(name);
  return (
    <label>
      {name} <DraftInput id={name} type="number" value={value} onCommit={set} />
    </label>
  );
}

interface TextFilterProps {
  readonly name: Exclude<FilterName, 'from' | 'to'>;
  readonly label: string;
}

/** With the values that are stored to choose from, which are asked for once somebody is there. */
function TextFilter({ name, label }: TextFilterProps): JSX.Element {
  const [value, set] = useFilter(name);
  const [isNeeded, setIsNeeded] = useState(false);
  useEffect(() => {
    if (name !== 'brand') return;
    const soon = setTimeout(() => {
      setIsNeeded(true);
    }, AHEAD_MS);
    return () => {
      clearTimeout(soon);
    };
  }, [name]);
  const path = `/api/values?field=${name}`;
  const { answer } = useAnswer(isNeeded ? path : undefined, (signal) => askFor(valuesDocument, path, { signal }));
  return (
    <div>
      <label for={name}>{label}</label>
      <DraftInput
        id={name}
        list={`${name}-values`}
        maxLength={200}
        value={value}
        onCommit={set}
        onFocus={() => {
          setIsNeeded(true);
        }}
      />
      <datalist id={`${name}-values`}>
        {answer?.values?.map((stored) => (
          <option key={stored} value={printable(stored)} />
        ))}
      </datalist>
    </div>
  );
}
