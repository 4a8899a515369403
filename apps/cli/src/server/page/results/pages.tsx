import type { JSX } from 'preact';

import { Link, useNavigation } from '../address/navigation.js';

interface PagesProps {
  readonly total: number;
  readonly perPage: number;
  readonly onTurn: () => void;
}

/** The way through what does not fit one page, to its end. */
export function Pages({ total, perPage, onTurn }: PagesProps): JSX.Element | null {
  const { state, go } = useNavigation();
  const last = lastPage(total, perPage);
  if (last === 1 && state.page === 1) return null;
  const way = (to: number, name: string): JSX.Element =>
    to === state.page || to < 1 || to > last ? (
      <span class="quiet">{name}</span>
    ) : (
      <Link to={{ page: to }} onFollow={onTurn}>
        {name}
      </Link>
    );
  const turnTo = (text: string): void => {
    const wanted = Math.round(Number(text));
    if (!(wanted >= 1)) return;
    go({ page: Math.min(wanted, last) });
    onTurn();
  };
  return (
    <nav class="pages" aria-label="Pages">
      {way(1, 'First')}
      {way(state.page - 1, 'Previous')}
      <label>
        Page{' '}
        <input
          type="number"
          min={1}
          max={last}
          inputMode="numeric"
          value={state.page}
          onChange={({ currentTarget }) => {
            turnTo(currentTarget.value);
          }}
        />{' '}
        of {last.toLocaleString('en')}
      </label>
      {way(state.page + 1, 'Next')}
      {way(last, 'Last')}
    </nav>
  );
}

function lastPage(total: number, perPage: number): number {
  return Math.max(1, Math.ceil(total / perPage));
}
